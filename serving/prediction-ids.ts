import { randomBytes } from 'node:crypto'

/** Names predictions. An id says by itself whether its prediction is in the log, so what comes of the others can be dropped. */
export interface PredictionIds {
  readonly next: () => PredictionId
}

export interface PredictionId {
  readonly id: string
  readonly sampled: boolean
  /** How many requests it stands for, if it is in the log. */
  readonly weight: number
}

/** All are logged up to this rate. */
const LOGGED_A_SECOND = 50
const MOST_LEVEL = 20

/** `<gateway>-<number>-<level>`: at level k, one in 2^k is in the log, by a hash of the number. */
export function predictionIds(): PredictionIds {
  const gateway = randomBytes(8).toString('hex')
  let [number, second, inSecond, level] = [0, 0, 0, 0]
  return {
    next: () => {
      const now = Math.floor(Date.now() / 1000)
      if (now !== second) [second, level, inSecond] = [now, now === second + 1 ? levelFor(inSecond) : 0, 0]
      number += 1
      inSecond += 1
      if (inSecond > LOGGED_A_SECOND << (level + 1)) level = Math.min(level + 1, MOST_LEVEL)
      return {
        id: `${gateway}-${number.toString(36)}-${level.toString(36)}`,
        sampled: isDrawn(number, level),
        weight: 2 ** level,
      }
    },
  }
}

/** Whether a prediction is in the log; `undefined` for what is no id of a prediction. `:<row>` may follow. */
export function isSampled(id: string): boolean | undefined {
  const [, number = '', level = ''] = /^[0-9a-f]{16}-([0-9a-z]{1,11})-([0-9a-k])(?::\d{1,4})?$/.exec(id) ?? []
  if (number === '') return undefined
  return isDrawn(Number.parseInt(number, 36), Number.parseInt(level, 36))
}

function levelFor(rate: number): number {
  return Math.max(0, Math.min(MOST_LEVEL, Math.ceil(Math.log2(rate / LOGGED_A_SECOND))))
}

/** The last bits of a hash of the number (the finalizer of MurmurHash3) are zero. */
function isDrawn(number: number, level: number): boolean {
  let hash = number >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) & (2 ** level - 1)) === 0
}

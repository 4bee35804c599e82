import { appendFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  trafficLine,
  type LoggedOutcome,
  type LoggedPrediction,
  type SegmentPlace,
  type Traffic,
} from '../store/traffic.ts'
import { trafficCounts, type Answerer, type Outcome } from './traffic-counts.ts'

/** What one service's requests came to. Nothing here makes a request wait or fail. */
export interface TrafficLog {
  readonly count: (answerer: Answerer, outcome: Outcome, millis: number) => void
  readonly add: (record: LoggedPrediction | LoggedOutcome) => void
  /** Records that were lost, since the process started. */
  readonly dropped: () => number
  /** Writes and ships what there is. */
  readonly close: () => Promise<void>
}

export interface TrafficLogOptions {
  readonly service: string
  readonly gateway: string
  readonly traffic: Traffic
  /** Journals lie here until they are in the store, `<milliseconds>.<n>` each. */
  readonly folder: string
}

const JOURNAL_MILLIS = 50
const SHIP_MILLIS = 1000
/** Lines that wait for the disk; then new ones are dropped. */
const MOST_WAITING = 20_000
/** Segments that wait for the store, a second each; then the oldest ones are dropped. */
const MOST_SEGMENTS = 600

interface Segment {
  readonly place: SegmentPlace
  readonly path: string
}

/**
 * Lines go to a journal within 50 ms, each time in one write, and a second's journal to the store as one segment. What a
 * killed gateway leaves, the next one ships: `shipJournals`.
 */
export function trafficLog({ service, gateway, traffic, folder }: TrafficLogOptions): TrafficLog {
  const closing = new AbortController()
  /** Since the last write to the journal, and since the segment began. */
  const [fresh, whole] = [trafficCounts(), trafficCounts()]
  let lines: string[] = []
  let shipped: string[] = []
  let segment = nextSegment(1)
  const unshipped: Segment[] = []
  let dropped = 0
  let shippedAt = performance.now()

  function nextSegment(n: number): Segment {
    const atMillis = Date.now()
    return { place: { service, gateway, atMillis, n }, path: join(folder, `${atMillis}.${n}`) }
  }

  async function write(): Promise<void> {
    const text = [...lines.splice(0), ...fresh.take().map(trafficLine)].join('')
    // A journal that cannot be written costs nothing yet: the segment is made of what is in memory.
    if (text !== '') await appendFile(segment.path, text).catch(() => {})
  }

  async function ship(): Promise<void> {
    shippedAt = performance.now()
    const text = [...shipped.splice(0), ...whole.take().map(trafficLine)].join('')
    if (text !== '') {
      const { place } = segment
      unshipped.push(segment)
      segment = nextSegment(place.n + 1)
      if (await put(unshipped.at(-1), text)) unshipped.pop()
    }
    await shipOld()
  }

  async function shipOld(): Promise<void> {
    while (unshipped.length > MOST_SEGMENTS) await lose(unshipped.shift())
    const [oldest] = unshipped
    if (oldest === undefined) return
    const text = await readFile(oldest.path, 'utf8').catch(() => '')
    if (text === '') await lose(unshipped.shift())
    else if (await put(oldest, text)) unshipped.shift()
  }

  async function put(one: Segment | undefined, text: string): Promise<boolean> {
    if (one === undefined) return true
    return traffic.putLines(one.place, text).then(
      async () => {
        await rm(one.path, { force: true }).catch(() => {})
        return true
      },
      () => false,
    )
  }

  async function lose(one: Segment | undefined): Promise<void> {
    if (one === undefined) return
    const text = await readFile(one.path, 'utf8').catch(() => '\n')
    dropped += text.split('\n').length - 1
    await rm(one.path, { force: true }).catch(() => {})
  }

  async function run(): Promise<void> {
    await mkdir(folder, { recursive: true }).catch(() => {})
    while (!closing.signal.aborted) {
      await write()
      if (performance.now() - shippedAt >= SHIP_MILLIS) await ship()
      await delay(JOURNAL_MILLIS, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  const running = run()
  return {
    count: (answerer, outcome, millis) => {
      fresh.add(answerer, outcome, millis)
      whole.add(answerer, outcome, millis)
    },
    add: (record) => {
      if (lines.length >= MOST_WAITING || shipped.length >= MOST_WAITING) {
        dropped += 1
        return
      }
      const line = trafficLine(record)
      lines.push(line)
      shipped.push(line)
    },
    dropped: () => dropped,
    close: async () => {
      closing.abort()
      await running
      await write()
      await ship()
    },
  }
}

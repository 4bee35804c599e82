import { setTimeout as delay } from 'node:timers/promises'
import { numbers, post, type Answered } from './requests.ts'

export interface Load {
  readonly sent: () => number
  /** What was answered so far, with the number that was asked about and when the answer came. */
  readonly answers: readonly LoadAnswer[]
  /** Requests that got no answer at all. */
  readonly lost: readonly string[]
  /** Ends it and waits for the answers under way. */
  readonly stop: () => Promise<void>
}

export interface LoadAnswer extends Answered {
  readonly x: number
  readonly at: number
}

/** Asks so many times a second, whether or not answers come. */
export function underLoad(address: string, perSecond: number): Load {
  const [answers, lost]: [LoadAnswer[], string[]] = [[], []]
  const underWay = new Set<Promise<void>>()
  let sent = 0
  const over = new AbortController()

  async function ask(x: number): Promise<void> {
    try {
      answers.push({ ...(await post(address, numbers(x))), x, at: Date.now() })
    } catch (error) {
      lost.push(String(error))
    }
  }

  async function run(): Promise<void> {
    const begun = performance.now()
    while (!over.signal.aborted) {
      const due = Math.floor(((performance.now() - begun) / 1000) * perSecond)
      for (; sent < due; sent += 1) {
        const one = ask(1 + (sent % 97) / 8).finally(() => underWay.delete(one))
        underWay.add(one)
      }
      await delay(5)
    }
  }

  const running = run()
  return {
    sent: () => sent,
    answers,
    lost,
    stop: async () => {
      over.abort()
      await running
      await Promise.all(underWay)
    },
  }
}

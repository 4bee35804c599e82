import { mostEvents } from './history.ts'
import type { Left } from './left.ts'
import type { HistoryEvent } from './moments.ts'
import type { Ran } from './run-once.ts'
import type { Struck } from './strike.ts'

/** What an undisturbed run comes to, and any other has to. */
export interface Expected extends Pick<Ran, 'outcome' | 'left' | 'events' | 'millis'> {
  /** Nodes and chains in which undisturbed runs differ by themselves. */
  readonly unstable: readonly string[]
}

/** Of two runs that nobody disturbed. */
export function expectationOf(one: Ran, other: Ran): Expected {
  const unstable = [
    ...differing(one.left.digests, other.left.digests),
    ...differing(one.left.chains, other.left.chains),
  ]
  return { ...(one.events.length < other.events.length ? other : one), unstable }
}

/** What a disturbed run has otherwise than it should; each as a line. */
export function differences(expected: Expected, ran: Ran): readonly string[] {
  const { left, unstable } = expected
  const nodes = differing(left.digests, ran.left.digests).filter((node) => !unstable.includes(node))
  const chains = differing(left.chains, ran.left.chains).filter((chain) => !unstable.includes(chain))
  return [
    ...(ran.outcome === expected.outcome ? [] : [`the run: expected "${expected.outcome}", got "${ran.outcome}"`]),
    ...nodes.map(
      (node) => `results of "${node}": expected ${told(left.digests[node])}, got ${told(ran.left.digests[node])}`,
    ),
    ...chains.map(
      (chain) => `revisions of ${chain}: expected ${left.chains[chain] ?? 0}, got ${ran.left.chains[chain] ?? 0}`,
    ),
    ...ran.struck.flatMap((struck) => madeAgain(struck, ran.left)),
    ...tooMany(ran.events, mostEvents(expected.events, { kills: ran.struck.length })),
    ...ran.left.faults,
  ]
}

/** What had been published before a kill and is gone, or was published once more. */
function madeAgain({ before }: Struck, { published }: Left): readonly string[] {
  return before.flatMap(({ key, meta: { node, finishedAt } }) => {
    const after = published.find((one) => one.key === key)
    if (after?.meta.finishedAt === finishedAt) return []
    return [
      `result of "${node}", published before the kill: expected of ${finishedAt}, got ${after?.meta.finishedAt ?? 'none'}`,
    ]
  })
}

function tooMany({ length }: readonly HistoryEvent[], most: number): readonly string[] {
  return length <= most ? [] : [`history: expected at most ${most} events, got ${length}`]
}

function differing<T>(one: Readonly<Record<string, T>>, other: Readonly<Record<string, T>>): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].filter((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]))
}

function told(digests: readonly string[] = []): string {
  return digests.length === 0 ? 'none' : digests.map((digest) => digest.slice(0, 12)).join(', ')
}

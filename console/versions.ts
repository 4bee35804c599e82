import { eventMillis, type Generation } from '../store/generation.ts'
import { nameOf } from '../store/model-version.ts'
import type { ServiceRecords } from './service-records.ts'
import { eventTimeOf } from './service-facts.ts'

/** One version in one role, from a moment of event time to another, in milliseconds since 1970. */
export interface Span {
  readonly version: string
  readonly from: number
  readonly to: number
  /** Of the traffic, the largest within it: 0 to 1. */
  readonly share: number
}

/** Versions in the order in which they were met. Their places say their colours. */
export function versionsOf({ windows, generations }: ServiceRecords): readonly string[] {
  const counted = windows.flatMap(({ counts }) => Object.keys(counts.byVersion))
  const answering = generations.flatMap(({ stable, candidate }) =>
    [stable, candidate].flatMap((served) => served ?? []),
  )
  return [...new Set([...answering.map(nameOf), ...counted])].toSorted(byNumber)
}

/** `delay@10` after `delay@9`. */
function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}

/** When which version was the stable one. */
export function stableSpans(records: ServiceRecords): readonly Span[] {
  return spansOf(records, ({ stable }) => (stable === null ? null : { version: nameOf(stable), share: 1 }))
}

/** When which version was tried on a share of the traffic. */
export function canarySpans(records: ServiceRecords): readonly Span[] {
  return spansOf(records, ({ candidate }) =>
    candidate === null ? null : { version: nameOf(candidate), share: candidate.share / 10_000 },
  )
}

type Role = (generation: Generation) => Pick<Span, 'version' | 'share'> | null

/** Generations in a row of one version are one span. */
function spansOf({ generations, readAtMillis }: ServiceRecords, role: Role): readonly Span[] {
  const spans: Span[] = []
  for (const [index, generation] of generations.entries()) {
    const part = role(generation)
    if (part === null) continue
    const next = generations[index + 1]
    const end = eventMillis(generation.clock, next === undefined ? readAtMillis : Date.parse(next.at))
    // A clock that is set back takes with it what a machine slept through.
    const to = next === undefined ? end : Math.min(end, eventTimeOf(next))
    const previous = generations[index - 1]
    const goesOn = previous !== undefined && role(previous)?.version === part.version
    const before = goesOn ? spans.pop() : undefined
    const share = Math.max(before?.share ?? 0, part.share)
    spans.push({ version: part.version, from: before?.from ?? eventTimeOf(generation), to, share })
  }
  return spans
}

import { eventMillis } from '../store/generation.ts'
import { bodyOf } from './entry-bodies.ts'
import { entryWords, fateOf, type EntryWords } from './entry-words.ts'
import type { ServiceRecords } from './service-records.ts'

/** Something that happened to a service. */
export interface ServiceEvent extends EntryWords {
  /** By the service's clock, in milliseconds since 1970; of an alert the end of its window. */
  readonly eventMillis: number
  /** Wall time, ISO 8601. */
  readonly at: string
  readonly by: string
}

/** What a person wants to know of the service's audit chain, the oldest first. */
export function serviceEvents({ entries, generations }: ServiceRecords): readonly ServiceEvent[] {
  return entries.flatMap((entry) => {
    const words = entryWords(entry)
    if (words === undefined) return []
    const { at, by } = entry
    const retrain = bodyOf(entry, 'retrain')
    const told = bodyOf(entry, 'alert')?.end ?? retrain?.eventAt
    const millis = told ? Date.parse(told) : eventTimeAt(at, generations)
    const run = retrain?.run
    const detail = run ? `${words.detail}: ${fateOf(run, entries)}` : words.detail
    const title = words.kind === 'alert' ? `alert: ${words.title}` : words.title
    return [{ ...words, title, detail, eventMillis: millis, at, by }]
  })
}

/** By the clock that the service went by at that moment. */
function eventTimeAt(at: string, generations: ServiceRecords['generations']): number {
  const then = generations.findLast((generation) => generation.at <= at) ?? generations[0]
  return eventMillis(then.clock, Date.parse(at))
}

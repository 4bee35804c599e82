import { eventMillis, type Clock } from '../../store/generation.ts'
import { nameOf } from '../../store/model-version.ts'
import type { StepCounts } from '../../store/monitors.ts'
import type { LoggedOutcome, Traffic, TrafficCounter, TrafficRecord } from '../../store/traffic.ts'
import { sampler, type Sampler } from './step-sample.ts'
import type { Span } from './window-steps.ts'

export interface StepRead {
  readonly counts: StepCounts
  readonly sampler: Sampler
  /** What was told first of each prediction that was asked for. */
  readonly outcomes: ReadonlyMap<string, LoggedOutcome>
}

export interface StepReading {
  readonly service: string
  readonly step: Span
  /** Of the log, wall time. */
  readonly wall: Span
  readonly clockOf: (generation: number) => Promise<Clock>
  /** Ids of predictions whose outcomes are asked for. */
  readonly asked: ReadonlySet<string>
}

/** Reads the log once, and keeps no more of it than the step's counts, its sample and the outcomes asked for. */
export async function readStep(traffic: Traffic, reading: StepReading): Promise<StepRead> {
  const { service, step, wall, clockOf, asked } = reading
  const drawn = sampler()
  const counted = counter()
  const outcomes = new Map<string, LoggedOutcome>()
  for await (const records of traffic.scan(service, wall.from, wall.end)) {
    for (const record of records) {
      if (record.type === 'outcome') keepFirst(outcomes, record, asked)
      else if (isWithin(await eventOf(record, clockOf), step)) {
        if (record.type === 'counter') counted.add(record)
        else drawn.add(record)
      }
    }
  }
  return { counts: counted.counts(), sampler: drawn, outcomes }
}

/** Of a prediction its row's own time; a second belongs to the event time that it begins at. */
async function eventOf(
  record: Exclude<TrafficRecord, LoggedOutcome>,
  clockOf: StepReading['clockOf'],
): Promise<number> {
  if (record.type === 'prediction' && record.event !== null) return Date.parse(record.event)
  const clock = await clockOf(record.generation)
  return eventMillis(clock, record.type === 'counter' ? record.second * 1000 : record.at)
}

function isWithin(millis: number, { from, end }: Span): boolean {
  return millis >= from && millis < end
}

function keepFirst(outcomes: Map<string, LoggedOutcome>, told: LoggedOutcome, asked: ReadonlySet<string>): void {
  if (!asked.has(told.id)) return
  const known = outcomes.get(told.id)
  if (known === undefined || told.at < known.at) outcomes.set(told.id, told)
}

function counter(): { readonly add: (record: TrafficCounter) => void; readonly counts: () => StepCounts } {
  let [answered, failed, refused] = [0, 0, 0]
  const latency = new Map<number, number>()
  const byVersion = new Map<string, number>()
  return {
    add: (record) => {
      answered += record.answered
      failed += record.failed
      refused += record.refused
      const version = nameOf(record)
      byVersion.set(version, (byVersion.get(version) ?? 0) + record.answered + record.failed)
      for (const [bucket, count] of record.latency) latency.set(bucket, (latency.get(bucket) ?? 0) + count)
    },
    counts: () => ({
      answered,
      failed,
      refused,
      latency: [...latency].toSorted(([one], [other]) => one - other),
      byVersion: Object.fromEntries([...byVersion].filter(([, requests]) => requests > 0)),
    }),
  }
}

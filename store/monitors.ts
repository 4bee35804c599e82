import { z } from 'zod'
import { canonicalJson } from '../dsl/digest.ts'
import { StoreError } from './errors.ts'
import { namedChains, type NamedChains } from './named-chains.ts'
import type { ObjectStore } from './object-store.ts'
import { hexDigest } from './signing/strict-json.ts'

/**
 * What was found of each service, as chains `monitors/<service>/<n>`: one entry for each closed step of event time, in
 * order, written once. Unsigned: what is acted on stands in the service's audit chain.
 */
export interface Monitors {
  /** Of services with a monitor, in code point order. */
  services(): Promise<readonly string[]>
  /** How many windows were evaluated. */
  head(service: string): Promise<number>
  /** `undefined` where there is none. */
  read(service: string, number: number): Promise<WindowRecord | undefined>
  /** The newest `count`, the oldest first. */
  newest(service: string, count: number): Promise<readonly WindowRecord[]>
  /**
   * Appends the window after the newest one. One with an equal `end` is there already: answers that one. `conflict`:
   * another writer was first with another window; nothing was written.
   */
  append(window: WindowRecord): Promise<WindowRecord | 'conflict'>
}

const instant = z.iso.datetime()

/** One thing that was looked at. `alerts` counts up while a breach lasts: an alert is told once, as it begins. */
const checkSchema = z.strictObject({
  /** `drift`: of one feature by one measure; `missing`: of one feature; `quality`: of one metric. */
  kind: z.enum(['drift', 'missing', 'quality', 'latency', 'availability']),
  /** Feature or metric; `p99` of latency, `errors` of availability. */
  of: z.string(),
  /** Of drift: `psi`, `ks`, `js`. */
  measure: z.enum(['psi', 'ks', 'js']).nullable(),
  /** From when on it was looked at; to the window's end, of quality to where outcomes are known. */
  from: instant,
  /** Null: not enough to say. */
  value: z.number().nullable(),
  /** What the pipeline asks for. Of quality in the direction of the metric. */
  declared: z.number(),
  /** What the value was held against: `declared`, or where windows of training differ by more without any drift. */
  bound: z.number(),
  /** Drift against the window before this one, shown only; null elsewhere. */
  baseline: z.number().nullable(),
  /** Rows, or requests, that it is made of. */
  rows: z.int().min(0),
  state: z.enum(['within', 'breach', 'wait']),
  /** Breaches in a row, this one included. */
  breaches: z.int().min(0),
  /** Whether `breaches` has come to `consecutive`. */
  alert: z.boolean(),
})

const countsSchema = z.strictObject({
  /** Unsampled. */
  answered: z.int(),
  failed: z.int(),
  refused: z.int(),
  /** Of answered and failed ones: [bucket of `LATENCY_EDGES`, how many]. */
  latency: z.array(z.tuple([z.int(), z.int()])),
  /** Of answered and failed ones, by `model@version`. */
  byVersion: z.record(z.string(), z.int()),
})

const windowSchema = z.strictObject({
  service: z.string(),
  /** From 1. */
  number: z.int().min(1),
  /** Event time of the step, [from, end). */
  from: instant,
  end: instant,
  /** Wall time up to which the log was read. */
  readTo: instant,
  /** The stable version at its end, `flight-delay@3`; null: none. */
  model: z.string().nullable(),
  /** Of the step alone. */
  counts: countsSchema,
  /** Artifact: a uniform sample of the step's predictions (`StepSample`). */
  sample: hexDigest,
  /** Artifact: of an earlier step, whose outcomes are known by now (`LabelledSample`); null: none yet. */
  labelled: z.strictObject({ end: instant, file: hexDigest, rows: z.int() }).nullable(),
  checks: z.array(checkSchema),
  /** Of the error budget over `slo.over`, 0 to 1 and beyond; null without SLO. */
  budgetSpent: z.number().nullable(),
  evaluatedAt: instant,
})

export type WindowRecord = Readonly<z.infer<typeof windowSchema>>
export type WindowCheck = Readonly<z.infer<typeof checkSchema>>
export type StepCounts = Readonly<z.infer<typeof countsSchema>>

export function monitors(store: ObjectStore): Monitors {
  const chains = namedChains(store, 'monitors')
  const at = (service: string, number: number) => read(chains, service, number)
  const head = (service: string): Promise<number> => chains.chain(service).head()
  return {
    services: () => chains.names(),
    head,
    read: at,
    newest: async (service, count) => {
      const newest = await head(service)
      const first = Math.max(1, newest - count + 1)
      const numbers = Array.from({ length: newest - first + 1 }, (_, index) => first + index)
      const found = await Promise.all(numbers.map((number) => at(service, number)))
      return found.filter((window) => window !== undefined)
    },
    append: async (window) => {
      if (window.number === 1) await chains.announce(window.service)
      const bytes = Buffer.from(canonicalJson(windowSchema.parse(window)))
      if ((await chains.chain(window.service).append(window.number - 1, bytes)) === 'appended') return window
      const found = await at(window.service, window.number)
      return found?.end === window.end ? found : 'conflict'
    },
  }
}

async function read(chains: NamedChains, service: string, number: number): Promise<WindowRecord | undefined> {
  const bytes = await chains.chain(service).read(number)
  if (bytes === undefined) return undefined
  const parsed = windowSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  if (parsed.success) return parsed.data
  const key = chains.key(service, number)
  throw new StoreError('store-corrupt', `store object "${key}": expected a monitor's window, got something else`)
}

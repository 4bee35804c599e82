export interface CanaryPipeline {
  readonly service: string
  /** Another one is another model. Default 2. */
  readonly rounds?: number
  /** As TypeScript. Default: 20 % and all, a second each. */
  readonly canary?: string
  /** Of the canary. Default: '20 seconds'. */
  readonly maxHold?: string
  readonly quality?: string
  readonly whenBusy?: 'wait' | 'end'
  /** More of the pipeline, as TypeScript. Default: nothing. */
  readonly more?: string
}

/** The text of a pipeline over flights whose features need no past, with a canary of seconds. */
export function canaryPipeline(options: CanaryPipeline): string {
  const { service, rounds = 2, quality = '', maxHold = '20 seconds', whenBusy = 'wait', more = '' } = options
  const canary =
    options.canary ??
    `{
    traffic: ['20%', '100%'],
    hold: '1 second',
    maxHold: '${maxHold}',
    whenBusy: '${whenBusy}',
    rollbackOn: { errorRate: atMost(0.02), p99Millis: atMost(100), ${quality} },
  }`
  return `import { atLeast, atMost, contract, features, label, model, notWorseBy, parquet, pipeline, tabular, timestamp, z } from 'DSL'
const airport = () => z.string().regex(/^[A-Z]{3}$/)
const flights = contract('flights', {
  key: 'row',
  time: 'date',
  outcomesKnownAfter: '6 hours',
  columns: { date: timestamp(), distance: z.int().positive(), origin: airport(), destination: airport() },
  outcomes: { delay: z.int().min(-120).max(1440) },
})
const now = features('now', flights, (f) => ({ hour: f.date.hour(), distance: f.distance, origin: f.origin }))
const late = model('late', {
  features: now,
  label: label(flights, (f) => f.delay.gt(15)),
  window: '3 days',
  holdout: '1 day',
  trainer: tabular({ algorithm: 'lightgbm' }),
  params: { rounds: ${rounds}, leaves: 7, segment_rounds: 2 },
  seed: 7,
})
void notWorseBy
export default pipeline('${service}', {
  sources: { flights: parquet('flights/*.parquet', { quarantineAtMost: 0.001 }) },
  train: late,
  gates: { overall: { auc: atLeast(0.4) } },
  service: '${service}',
  canary: ${canary},
  ${more}
})
`
}

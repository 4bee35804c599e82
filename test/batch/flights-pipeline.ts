export interface FlightsPipeline {
  /** A source, as TypeScript. Default: the Parquet files of `flights/`. */
  readonly source?: string
  /** The key of a row, as TypeScript. Default: its place. */
  readonly key?: string
  /** More columns, as TypeScript. Default: none. */
  readonly columns?: string
  /** More features, as TypeScript over `f`. Default: none. */
  readonly features?: string
  /** Rounds of boosting, in segments of 2. Default 6. */
  readonly rounds?: number
  /** Leaves of each model; of several the best in AUC goes on. Default one of 15. */
  readonly leaves?: readonly number[]
  /** Parameters of a network that competes too, as TypeScript. Default: none does. */
  readonly network?: string
  /** Default 8 days, of which the last 2 are held out. */
  readonly window?: string
  /** Bound of the gate. Default 0.5. */
  readonly auc?: number
  /** As TypeScript. Default: nobody has to sign. */
  readonly approval?: string
  /** More of the lifecycle, as TypeScript. Default: none. */
  readonly more?: string
  /** Of the training node. Default '1 day'. */
  readonly timeout?: string
}

/** The text of a pipeline file like `pipelines/flight-delay.ts`, of a size for tests. */
export function flightsPipeline(options: FlightsPipeline = {}): string {
  const { leaves = [15], auc = 0.5, timeout = '1 day', approval, more = '' } = options
  const { source = "parquet('flights/*.parquet', { quarantineAtMost: 0.001 })" } = options
  const models = [...leaves.map((count) => `modelOf(${count})`), ...(options.network === undefined ? [] : ['network'])]
  const train = models.length === 1 ? models[0] : `best([${models.join(', ')}], { by: 'auc' })`
  return `${declarations(options)}
export default pipeline('flights', {
  sources: { flights: ${source} },
  train: ${train},
  gates: { overall: { auc: atLeast(${auc}) } },
  timeouts: { train: '${timeout}' },${approval === undefined ? '' : `\n  approval: ${approval},`}
  ${more}
})
`
}

function declarations(options: FlightsPipeline): string {
  const { network = '' } = options
  const { key = "'row'", columns = '', features = '', rounds = 6, window = '8 days' } = options
  return `import {
  atLeast, best, contract, csv, features, history, label, mean, model, parquet, pipeline, share, tabular, timestamp, torch, z,
} from 'DSL'
const airport = () => z.string().regex(/^[A-Z]{3}$/)
const flights = contract('flights', {
  key: ${key},
  time: 'date',
  outcomesKnownAfter: '6 hours',
  columns: { date: timestamp(), distance: z.int().positive(), origin: airport(), destination: airport(), ${columns} },
  outcomes: { delay: z.int().min(-120).max(1440) },
})
const delayFeatures = features('delay', flights, (f) => ({
  hour: f.date.hour(),
  distance: f.distance,
  origin: f.origin,
  origin_late_24h: history(flights, { by: { origin: f.origin }, within: '24 hours' }, (p) => share(p.delay.gt(15))).orElse(0.2),
  origin_delay_6h: history(flights, { by: { origin: f.origin }, within: '6 hours' }, (p) => mean(p.delay)).orElse(0),
  ${features}
}))
const examples = {
  features: delayFeatures,
  label: label(flights, (f) => f.delay.gt(15)),
  window: '${window}',
  holdout: '2 days',
  seed: 7,
} as const
const modelOf = (leaves: number) => model(\`delay-\${leaves}\`, {
  ...examples,
  trainer: tabular({ algorithm: 'lightgbm' }),
  params: { rounds: ${rounds}, leaves, segment_rounds: 2 },
})
const network = model('delay-network', { ...examples, trainer: torch(), params: { ${network} } })
`
}

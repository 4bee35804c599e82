import {
  atLeast,
  atMost,
  best,
  contract,
  features,
  history,
  label,
  mean,
  model,
  notWorseBy,
  parquet,
  pipeline,
  share,
  tabular,
  timestamp,
  torch,
  z,
} from '../dsl/index.ts'

const airport = () => z.string().regex(/^[A-Z]{3}$/)

/** As in `flight-delay.ts`. */
const flights = contract('flights', {
  key: 'row',
  time: 'date',
  outcomesKnownAfter: '6 hours',
  columns: { date: timestamp(), distance: z.int().positive(), origin: airport(), destination: airport() },
  outcomes: { delay: z.int().min(-120).max(1440) },
})

const examples = {
  features: features('flight-delay', flights, (f) => {
    const [from, to] = [{ origin: f.origin }, { destination: f.destination }]
    return {
      hour: f.date.hour(),
      weekday: f.date.weekday(),
      distance: f.distance,
      origin: f.origin,
      destination: f.destination,
      origin_late_24h: history(flights, { by: from, within: '24 hours' }, (p) => share(p.delay.gt(15))).orElse(0.2),
      origin_late_7d: history(flights, { by: from, within: '7 days' }, (p) => share(p.delay.gt(15))).orElse(0.2),
      destination_late_24h: history(flights, { by: to, within: '24 hours' }, (p) => share(p.delay.gt(15))).orElse(0.2),
      origin_delay_6h: history(flights, { by: from, within: '6 hours' }, (p) => mean(p.delay)).orElse(0),
    }
  }),
  label: label(flights, (f) => f.delay.gt(15)),
  window: '90 days',
  holdout: '14 days',
  seed: 7,
} as const

const trees = model('flight-delay-trees', {
  ...examples,
  trainer: tabular({ algorithm: 'lightgbm' }),
  params: { rounds: 120, leaves: 63 },
})

/** On CPUs; `torch({ gpus: 1 })` trains on a worker's GPU. */
const network = model('flight-delay-network', { ...examples, trainer: torch(), params: { epochs: 4 } })

export default pipeline('flight-delay-torch', {
  description: 'Which flights will land more than 15 minutes late, by trees or by a network, whichever is better',
  owner: 'examples',
  sources: { flights: parquet('source-data/flights/*.parquet', { quarantineAtMost: 0.0001 }) },
  train: best([trees, network], { by: 'auc' }),
  gates: {
    overall: { auc: atLeast(0.68), brier: atMost(0.15) },
    incumbent: { auc: notWorseBy(0.01) },
  },
})

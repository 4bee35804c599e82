import {
  atLeast,
  atMost,
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
  z,
} from '../dsl/index.ts'

const airport = () => z.string().regex(/^[A-Z]{3}$/)

/** One row per flight in the United States, 1 January to 1 July 2001 (US DOT; from the npm package `vega-datasets`). */
const flights = contract('flights', {
  key: 'row',
  time: 'date',
  // Flights land within it, all but 0.6 %; of those the outcome is taken as known a little too early.
  outcomesKnownAfter: '6 hours',
  columns: {
    date: timestamp().meta({ description: 'scheduled departure' }),
    distance: z
      .int()
      .positive()
      .meta({ unit: 'mi', expect: { missing: atMost(0) } }),
    origin: airport().meta({ expect: { distinct: atMost(400) } }),
    destination: airport().meta({ expect: { distinct: atMost(400) } }),
  },
  outcomes: {
    delay: z.int().min(-120).max(1440).meta({ unit: 'min', description: 'arrival after schedule; negative is early' }),
  },
})

const late = label(flights, (f) => f.delay.gt(15))

const delayFeatures = features('flight-delay', flights, (f) => {
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
})

const delays = model('flight-delay', {
  features: delayFeatures,
  label: late,
  window: '90 days',
  holdout: '14 days',
  trainer: tabular({ algorithm: 'lightgbm' }),
  params: { rounds: 120, leaves: 63 },
  seed: 7,
})

export default pipeline('flight-delay', {
  description: 'Which flights will land more than 15 minutes late',
  owner: 'examples',
  sources: { flights: parquet('source-data/flights/*.parquet', { quarantineAtMost: 0.0001 }) },
  train: delays,
  gates: {
    overall: { auc: atLeast(0.68), brier: atMost(0.15) },
    incumbent: { auc: notWorseBy(0.01) },
  },
  approval: { roles: ['risk'], quorum: 1, within: '2 days' },
  canary: {
    traffic: ['20%', '100%'],
    hold: '1 day',
    maxHold: '8 days',
    rollbackOn: { errorRate: atMost(0.05), p99Millis: atMost(500), quality: { brier: notWorseBy(0.02) } },
  },
  refresh: '1 day',
  monitor: {
    over: '28 days',
    every: '1 day',
    consecutive: 3,
    drift: { origin_late_7d: { psi: atMost(0.2) } },
    quality: { auc: atLeast(0.66) },
    p99Millis: atMost(500),
  },
  slo: { availability: atLeast(0.999), p99Millis: atMost(500), over: '28 days' },
  retrain: { onDrift: true, coolDown: '21 days', budget: { runs: 2, per: '90 days' } },
})

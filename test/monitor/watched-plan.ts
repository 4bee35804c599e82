import { compile } from '../../dsl/compile.ts'
import {
  atLeast,
  atMost,
  contract,
  features as featureSet,
  label,
  model,
  parquet,
  pipeline,
  tabular,
  timestamp,
  z,
} from '../../dsl/index.ts'
import { featuresSpec } from '../features/specs.ts'

export const SERVICE = 'trips'

const trips = contract('trips', {
  key: 'row',
  time: 'left_at',
  outcomesKnownAfter: '12 hours',
  columns: { left_at: timestamp(), x: z.number(), stops: z.int().nullable() },
  outcomes: { minutes: z.int() },
})

const long = label(trips, (t) => t.minutes.gt(30))
const ofTrips = featureSet('trips', trips, (t) => ({ x: t.x, stops: t.stops.orElse(0) }))

export const watchedPlan = compile(
  pipeline(SERVICE, {
    owner: 'tests',
    sources: { trips: parquet('trips/*.parquet') },
    train: model('trips', {
      features: ofTrips,
      label: long,
      window: '30 days',
      holdout: '1 day',
      seed: 7,
      trainer: tabular({ algorithm: 'lightgbm' }),
    }),
    gates: { overall: { auc: atLeast(0.5) } },
    service: SERVICE,
    canary: 'direct',
    slo: { availability: atLeast(0.9), p99Millis: atMost(60_000), over: '4 days' },
    monitor: {
      over: '2 days',
      every: '1 day',
      consecutive: 2,
      drift: { x: { psi: atMost(0.2) } },
      missing: { stops: atMost(0.1) },
      quality: { brier: atMost(0.4) },
    },
  }),
  { code: { 'trainer:tabular': 'a'.repeat(64) }, files: {} },
)

export const features = featuresSpec(ofTrips, long)

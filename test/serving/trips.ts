import { compile } from '../../dsl/compile.ts'
import {
  atLeast,
  decimal,
  features,
  int64,
  contract,
  label,
  model,
  parquet,
  pipeline,
  tabular,
  timestamp,
  z,
} from '../../dsl/index.ts'
import { featuresSpec } from '../features/specs.ts'

/** Every kind of column, so that requests can be wrong in every way. */
const trips = contract('trips', {
  key: ['trip_id'],
  time: 'left_at',
  columns: {
    trip_id: int64({ min: 0n }),
    left_at: timestamp(),
    x: z.number().gt(-1000),
    stops: z.int().nullable(),
    late: z.boolean(),
    city: z.string().regex(/^[A-Z]{3}$/),
    carrier: z.enum(['AA', 'DL']),
    rider: z.string().max(20).nullable().meta({ pii: 'mask' }),
    fare: decimal(8, 2),
    unread: z.string(),
  },
  outcomes: { minutes: z.int().min(0), complaint: z.string().nullable().meta({ pii: 'hash' }) },
})

const long = label(trips, (t) => t.minutes.gt(30))

/** For the models of one number: what they answer can be said of `x` alone. */
const oneNumber = features('one-number', trips, (t) => ({ x: t.x }))

/** For the model `mixed`, whose number is made of everything that a request has. */
const everything = features('everything', trips, (t) => ({
  x: t.x.plus(t.stops.orElse(0)).plus(t.fare.toNumber().over(1000).orElse(0)),
  late: t.late.and(t.carrier.eq('AA')).or(t.rider.orElse('').isIn(['Nobody'])),
  city: t.city,
}))

const examples = {
  label: long,
  window: '90 days',
  holdout: '14 days',
  seed: 7,
  trainer: tabular({ algorithm: 'lightgbm' }),
} as const

export const tripsPlan = compile(
  pipeline('trips', {
    owner: 'tests',
    sources: { trips: parquet('trips/*.parquet') },
    train: model('trips', { features: everything, ...examples }),
    gates: { overall: { auc: atLeast(0.5) } },
  }),
  { code: { 'trainer:tabular': 'a'.repeat(64) }, files: {} },
)

export const featureFiles = {
  'one-number': { spec: featuresSpec(oneNumber, long) },
  everything: { spec: featuresSpec(everything, long) },
}

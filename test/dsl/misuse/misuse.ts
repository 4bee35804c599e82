import {
  atLeast,
  atMost,
  best,
  contract,
  count,
  cron,
  features,
  history,
  label,
  latest,
  mean,
  model,
  notWorseBy,
  parquet,
  pipeline,
  share,
  tabular,
  torch,
  trigger,
  when,
  z,
} from '../../../dsl/index.ts'
import { delayFeatures, flights, late, network, trees, weather } from '../../fixtures/flight-delay.ts'
import { applications, loanModel } from '../../fixtures/loan-approval.ts'

const example = { features: delayFeatures, label: late, window: '90 days', holdout: '14 days', seed: 1 } as const
const sources = { flights: parquet('f'), weather: parquet('w') }
const gates = { overall: { auc: atLeast(0.7) } }
const whole = { sources, train: trees, gates, canary: 'direct' } as const
const watch = { over: '28 days', every: '1 day', consecutive: 3 } as const
const hold = { hold: '6 hours', rollbackOn: { errorRate: atMost(0.01), p99Millis: atMost(80) } } as const

/// a misspelled column
features('x', flights, (f) => ({ d: f.distence_km.ln() }))

/// an outcome used as a feature with an operation
features('x', flights, (f) => ({ d: f.arrival_delay_min.gt(15) }))

/// an outcome returned as a feature
features('x', flights, (f) => ({ d: f.arrival_delay_min }))

/// arithmetic on what may be null
features('x', flights, (f) => ({ d: f.inbound_delay_min.times(2) }))

/// a feature that may be null
features('x', flights, (f) => ({ d: f.inbound_delay_min }))

/// a time as a feature
features('x', flights, (f) => ({ d: f.scheduled_at }))

/// an unknown category
features('x', flights, (f) => ({ d: f.carrier.eq('BA') }))

/// an operation of another type
features('x', flights, (f) => ({ d: f.carrier.ln() }))

/// a key that names no column
contract('c', { key: ['idd'], time: 'at', columns: { id: z.string(), at: z.date() }, outcomes: {} })

/// a time column that holds no time
contract('c', { key: ['id'], time: 'id', columns: { id: z.string(), at: z.date() }, outcomes: {} })

/// a label of another contract
model('m', { ...example, label: label(weather, (w) => w.wind_knots.isNull()), trainer: torch() })

/// a duration without a known unit
model('m', { ...example, holdout: '30 dayz', trainer: torch() })

/// a metric of another task
pipeline('p', { ...whole, gates: { overall: { rmse: atMost(1) } } })

/// a bound in the wrong direction
pipeline('p', { ...whole, gates: { overall: { auc: atMost(0.7) } } })

/// drift of an unknown feature
pipeline('p', { ...whole, monitor: { ...watch, drift: { log_distence: { psi: atMost(0.2) } } } })

/// a slice by an unknown column
pipeline('p', { ...whole, gates: { ...gates, slices: { carier: { auc: atLeast(0.5) } } } })

/// a source of another contract than the features read
pipeline('p', { ...whole, sources: { applications: parquet('a'), weather: parquet('w') } })

/// a column type that no table has
contract('c', {
  key: ['id'],
  time: 'at',
  columns: { id: z.string(), at: z.date(), xs: z.array(z.number()) },
  outcomes: {},
})

/// arithmetic on a row that may be missing
features('x', flights, (f) => ({
  a: latest(weather, { on: { airport: f.origin }, within: '3 hours' }).wind_knots.times(2),
}))

/// a past matched by a column that the other contract does not have
features('x', flights, (f) => ({
  b: latest(weather, { on: { airprt: f.origin }, within: '3 hours' }).wind_knots.orElse(0),
}))

/// a number matched with a string
features('x', flights, (f) => ({
  c: latest(weather, { on: { airport: f.distance_km }, within: '3 hours' }).wind_knots.orElse(0),
}))

/// a share of what is no condition
features('x', flights, (f) => ({
  d: history(flights, { by: { origin: f.origin }, within: '7 days' }, (past) => share(past.distance_km)).orElse(0),
}))

/// a mean of no rows
features('x', flights, (f) => ({
  e: history(flights, { by: { origin: f.origin }, within: '7 days' }, (past) => mean(past.arrival_delay_min)),
}))

/// a column of this row among the rows of the past
features('x', flights, (f) => ({
  g: history(flights, { by: {}, within: '7 days' }, (past) => mean(past.distance_km.plus(f.distance_km))).orElse(0),
}))

/// a past of rows without a time
features('x', flights, () => ({ n: history(applications, { by: {}, within: '7 days' }, () => count()) }))

/// the newest of rows without a time
features('x', flights, (f) => ({
  n: latest(applications, { on: {}, within: '7 days' }).income.orElse(0).plus(f.distance_km),
}))

/// an int64 as a feature
features('x', flights, (f) => ({ id: f.flight_id }))

/// a decimal as a feature
features('x', flights, (f) => ({ fare: f.fare }))

/// a decimal compared with a double
features('x', flights, (f) => ({ cheap: f.fare.lt(100) }))

/// a column of another contract, smuggled in
features('x', weather, (w) => {
  features('y', flights, () => ({ wind: w.wind_knots.orElse(0) }))
  return { wind: w.wind_knots.orElse(0) }
})

/// a condition between two types
features('x', flights, (f) => ({ d: when(f.distance_km.gt(1), { yes: 'far', no: 'near' }) }))

/// a label that may be null
label(flights, (f) => f.captain)

/// an unknown treatment of personal data
contract('c', { key: ['id'], columns: { id: z.string().meta({ pii: 'hide' }) }, outcomes: {} })

/// a share of rows held out where rows have a time
model('m', { ...example, holdout: '20%', trainer: torch() })

/// a window of time where rows have none
model('m', {
  features: loanModel.features,
  label: label(applications, (a) => a.approved),
  window: '90 days',
  holdout: '20%',
  trainer: torch(),
  seed: 1,
})

/// a parameter of another trainer
model('m', { ...example, trainer: tabular({ algorithm: 'lightgbm' }), params: { epochs: 3 } })

/// an unknown algorithm
model('m', { ...example, trainer: tabular({ algorithm: 'lightgm' }) })

/// a contract without a source
pipeline('p', { ...whole, sources: { flights: parquet('f') } })

/// a source that nothing reads
pipeline('p', { ...whole, sources: { ...sources, wether: parquet('w') } })

/// the best by a metric of another task
best([trees, network], { by: 'rmse' })

/// a margin where a bound belongs
pipeline('p', { ...whole, gates: { overall: { auc: notWorseBy(0.01) } } })

/// a bound where a margin belongs
pipeline('p', { ...whole, gates: { ...gates, incumbent: { auc: atLeast(0.7) } } })

/// a monitor of rows without a time
pipeline('p', {
  sources: { applications: parquet('a') },
  train: loanModel,
  gates,
  canary: 'direct',
  monitor: { ...watch, drift: {} },
})

/// drift by an unknown measure
pipeline('p', { ...whole, monitor: { ...watch, drift: { log_distance: { kl: atMost(0.2) } } } })

/// a canary without a rollback
pipeline('p', { ...whole, canary: { traffic: ['5%', '100%'], hold: '6 hours' } })

/// traffic as a number
pipeline('p', { ...whole, canary: { ...hold, traffic: [0.05, 1] } })

/// an approval by nobody
pipeline('p', { ...whole, approval: { roles: [], quorum: 1, within: '7 days' } })

/// a retrain without a budget
pipeline('p', { ...whole, retrain: { onDrift: true, coolDown: '7 days' } })

/// a schedule without a time zone
pipeline('p', { ...whole, schedule: { at: cron('0 3 * * *'), overlap: 'skip', catchUp: '1 hour' } })

/// a schedule with an overlap that Temporal does not have
pipeline('p', { ...whole, schedule: { at: cron('0 3 * * *'), timeZone: 'UTC', overlap: 'wait', catchUp: '1 hour' } })

/// a trigger whose payload is no object
pipeline('p', { ...whole, triggers: { now: trigger(z.string()) } })

/// an environment that there is not
pipeline('p', { ...whole, environment: 'prod' })

/// gates without a model
pipeline('p', { steps: [], gates })

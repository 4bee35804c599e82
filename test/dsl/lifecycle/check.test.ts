import { expect, it } from 'vitest'
import { check } from '../../../dsl/check.ts'
import { describeIssue } from '../../../dsl/check/issue.ts'
import {
  atLeast,
  atMost,
  contract,
  cron,
  csv,
  every,
  features,
  label,
  parquet,
  task,
  timestamp,
  trigger,
  z,
} from '../../../dsl/index.ts'
import type { Lifecycle } from '../../../dsl/lifecycle/lifecycle.ts'
import type { Monitor } from '../../../dsl/lifecycle/monitor.ts'
import type { Pipeline } from '../../../dsl/pipeline.ts'
import type { AnyModel } from '../../../dsl/model.ts'
import flightDelay, { flights, network, trees } from '../../fixtures/flight-delay.ts'
import loanApproval, { loanModel } from '../../fixtures/loan-approval.ts'

it('finds nothing in a sane lifecycle', () => {
  expect(check(flightDelay)).toEqual([])
  expect(check(loanApproval)).toEqual([])
})

const hour = { over: '1 hour', every: '1 hour', consecutive: 1 } as const
const drifts = { drift: { fare: { psi: atMost(0.2) } } }
/** Features are known by name where a lifecycle is declared, and no more where it is checked. */
const watching = (drift: object) => ({ ...hour, drift }) as Monitor<AnyModel>
const approval = { roles: ['risk'], quorum: 1, within: '7 days' } as const
const canary = {
  traffic: ['5%', '100%'],
  hold: '6 hours',
  rollbackOn: { errorRate: atMost(0.01), p99Millis: atMost(80) },
} as const
const retrain = { onDrift: true, coolDown: '7 days', budget: { runs: 4, per: '30 days' } } as const
const schedule = { at: cron('0 3 * * *'), timeZone: 'UTC', overlap: 'skip', catchUp: '1 hour' } as const

const train = (change: object): Partial<Lifecycle> => ({ train: { ...trees, ...change } })

it.each<readonly [Partial<Lifecycle>, string]>([
  [{ sources: { flights: parquet('f') } }, 'sources: expected a source for contract "weather", got none'],
  [
    { sources: { flights: parquet('f', { quarantineAtMost: 2 }), weather: csv('w') } },
    'sources.flights.quarantineAtMost: expected a share of 0 to 1, got 2',
  ],
  [
    { sources: { flights: parquet('f'), weather: csv('w', { delimiter: '::' }) } },
    'sources.weather: expected a delimiter of one ASCII character that is no quote and no line end, got "::"',
  ],
  [
    { sources: { flights: parquet('f'), weather: csv('w', { delimiter: '§' }) } },
    'sources.weather: expected a delimiter of one ASCII character that is no quote and no line end, got "§"',
  ],
  [
    { sources: { flights: parquet('f'), weather: csv('w', { delimiter: '"' }) } },
    'sources.weather: expected a delimiter of one ASCII character that is no quote and no line end, got """',
  ],
  [train({ name: 'Trees' }), 'model "Trees": expected a name like ^[a-z][a-z0-9-]{0,62}$, got "Trees"'],
  [
    train({ label: label(flights, (f) => f.distance_km.gt(5)) }),
    'model "delay-trees": expected a label that reads an outcome of "flights", got one of "distance_km"',
  ],
  [train({ seed: 0.5 }), 'model "delay-trees": expected a seed of 0 to 2^31 - 1, got 0.5'],
  [
    train({ holdout: '90 days' }),
    'model "delay-trees": expected a holdout shorter than the window of "90 days", got "90 days"',
  ],
  [train({ holdout: '-3 days' }), 'model "delay-trees" holdout: expected a duration above zero, got "-3 days"'],
  [train({ window: '0.5e3 days' }), 'model "delay-trees" window: expected a duration above zero, got "0.5e3 days"'],
  [{ train: { candidates: [trees], by: 'auc', prefer: 'higher' } }, 'train: expected at least two candidates, got 1'],
  [
    { train: { candidates: [trees, { ...network, name: trees.name }], by: 'auc', prefer: 'higher' } },
    'model "delay-trees": expected a name of its own, got one that another candidate has',
  ],
  [{ gates: { overall: {} } }, 'gates.overall: expected at least one bound, got none'],
  [
    { gates: { overall: { auc: atLeast(0.7) }, slices: { distance_km: {} } } },
    'gates.slices.distance_km: expected an enum, string, boolean or integer column, got a "number"',
  ],
  [{ approval: { ...approval, quorum: 0 } }, 'approval.quorum: expected a whole number of at least 1, got 0'],
  [
    { approval: { ...approval, quorum: 2, separation: 'role' } },
    'approval.roles: expected at least 2 roles for a quorum of 2 with separation by role, got 1',
  ],
  [
    { approval: { ...approval, roles: ['risk', 'risk'] } },
    'approval.roles: expected different names of a-z, 0-9 and "-", got "risk"',
  ],
  [
    { canary: { ...canary, traffic: ['25%', '5%', '100%'] } },
    'canary.traffic: expected ascending shares above 0% that end in "100%", got "25%", "5%", "100%"',
  ],
  [
    { canary: { ...canary, traffic: ['5%', '50%'] } },
    'canary.traffic: expected ascending shares above 0% that end in "100%", got "5%", "50%"',
  ],
  [
    { canary: { ...canary, maxHold: '1 hour' } },
    'canary.maxHold: expected at least the hold of "6 hours", got "1 hour"',
  ],
  [
    { monitor: { ...hour, ...drifts, every: '2 hours' } },
    'monitor.every: expected a step of at most the window of "1 hour", got "2 hours"',
  ],
  [
    { monitor: { ...hour, ...drifts, consecutive: 1.5 } },
    'monitor.consecutive: expected a whole number of at least 1, got 1.5',
  ],
  [{ monitor: watching({ fare: {} }) }, 'monitor.drift.fare: expected a bound on psi, ks or js, got none'],
  [
    { monitor: { ...hour, ...drifts, over: '90 minutes' } },
    'monitor.over: expected a multiple of the monitor\'s step of "1 hour", got "90 minutes"',
  ],
  [
    { monitor: watching({ fare: { psi: atMost(0.2), over: '3 hours', every: '90 minutes' } }) },
    'monitor.drift.fare.every: expected a multiple of the monitor\'s step of "1 hour", got "90 minutes"',
  ],
  [
    { monitor: { ...hour, ...drifts, falseAlarms: { atMost: 0, per: '30 days' } } },
    'monitor.falseAlarms.atMost: expected a number above 0, got 0',
  ],
  [{ monitor: watching({ fare: { ks: atMost(2) } }) }, 'monitor.drift.fare.ks: expected a share of 0 to 1, got 2'],
  [
    { ...train({}), monitor: watching({ fair: { psi: atMost(1) } }) },
    'monitor of "fair": expected a feature of model "delay-trees", got none of that name',
  ],
  [{ retrain: { ...retrain, onDrift: false } }, 'retrain: expected a cause, got none'],
  [
    { retrain: { ...retrain, budget: { runs: 0, per: '1 day' } } },
    'retrain.budget.runs: expected a whole number of at least 1, got 0',
  ],
])('finds what is wrong with %o', (change, message) => {
  expect(check(withLifecycle(change)).map(describeIssue)).toEqual([expect.stringContaining(message)])
})

it('finds that nobody signs in production, and that nobody watches', () => {
  const { approval: _, monitor: __, slo: ___, retrain: ____, ...rest } = lifecycleOf(flightDelay)
  expect(check({ ...flightDelay, lifecycle: rest }).map(describeIssue)).toEqual([
    'approval: expected an approval before a canary in production, got none; add approval: { … } or set environment: "staging"',
  ])
  expect(check({ ...flightDelay, environment: 'staging', lifecycle: { ...rest, retrain } }).map(describeIssue)).toEqual(
    ['retrain: expected a monitor that asks for it, got none; add monitor: { … }'],
  )
})

it('finds columns and features whose names differ in case only, and no others', () => {
  const visits = contract('visits', {
    key: 'row',
    time: 'at',
    columns: { at: timestamp(), age: z.int(), Age: z.int(), ages: z.int() },
    outcomes: { AGE: z.int() },
  })
  const set = features('stay', visits, (v) => ({ old: v.age.gt(70), Old: v.Age.gt(80), older: v.ages }))
  const stays = { ...trees, features: set, label: label(visits, (v) => v.AGE.gt(3)) }
  const lifecycle = { sources: { visits: csv('v') }, train: stays, gates: { overall: { auc: atLeast(0.6) } } }
  const issues = check({ ...flightDelay, environment: 'staging', lifecycle }).filter(
    ({ rule }) => rule === 'letter-case',
  )
  expect(issues.map(describeIssue)).toEqual([
    'contract "visits": expected columns whose names differ in more than case, got "age" and "Age"; rename one',
    'contract "visits": expected columns whose names differ in more than case, got "age" and "AGE"; rename one',
    'features "stay": expected features whose names differ in more than case, got "Old" and "old"; rename one',
  ])
})

it.each([
  [
    { by: { income: { demographic_parity_ratio: atLeast(0.8) } } },
    'gates.fairness.by.income: expected a protected column, got one that is not; mark it in the contract: .meta({ protected: true })',
  ],
  [
    { threshold: 50, by: { ethnicity: { equalized_odds_difference: atMost(0.1) } } },
    'gates.fairness.threshold: expected a probability between 0 and 1, got 50; say from which probability on somebody is selected',
  ],
])('finds what fairness gates cannot be held against: %j', (fairness, message) => {
  const declared = lifecycleOf(loanApproval)
  const lifecycle = { ...declared, gates: { ...declared.gates, fairness } }
  expect(check({ ...loanApproval, lifecycle }).map(describeIssue)).toEqual([message])
})

it('finds a share held out that leaves nothing', () => {
  const lifecycle = { ...lifecycleOf(loanApproval), train: { ...loanModel, holdout: '100%' } } as const
  expect(check({ ...loanApproval, lifecycle }).map(describeIssue)).toEqual([
    'model "loan": expected a holdout above 0% and below 100%, got "100%"; change the holdout',
  ])
})

it('finds a step that has the id of a lifecycle node', () => {
  const step = task('train', { input: z.object({}), output: z.object({}), run: () => ({}) })({})
  const steps = [{ declaration: step.declaration, id: undefined }]
  expect(check({ ...loanApproval, steps }).map(({ rule }) => rule)).toEqual(['node-id'])
})

it.each([
  [
    { schedule: { ...schedule, at: cron('0 3 * *') } },
    'schedule.at: expected five cron fields in range, got "0 3 * *"',
  ],
  [
    { schedule: { ...schedule, at: cron('61 3 * * *') } },
    'schedule.at: expected five cron fields in range, got "61 3 * * *"',
  ],
  [
    { schedule: { ...schedule, at: every('1 day', { offset: '2 days' }) } },
    'schedule.at: expected an offset from "0 seconds" to below "1 day"',
  ],
  [
    { schedule: { ...schedule, timeZone: 'Mars/Base' } },
    'schedule.timeZone: expected an IANA time zone, got "Mars/Base"',
  ],
  [
    { schedule: { ...schedule, catchUp: '-1 hours' } },
    'schedule.catchUp: expected a duration above zero, got "-1 hours"',
  ],
  [
    { schedule: { ...schedule, catchUp: '5 seconds' } },
    'schedule.catchUp: expected at least "10 seconds", got "5 seconds"',
  ],
  [
    { schedule: { ...schedule, at: every('1.5 seconds') } },
    'schedule.at: expected whole seconds, got every "1.5 seconds" + "0 seconds"',
  ],
  [
    { triggers: { 'Go!': trigger(z.object({})) } },
    'triggers.Go!: expected a name of a-z, 0-9 and "-", at most 63, got "Go!"',
  ],
  [
    { triggers: { go: trigger(z.object({ day: z.string() })) } },
    'triggers.go: expected a parameter of the pipeline, got "day"',
  ],
  [
    { retention: { artifacts: '0 days', predictions: '1 day', reports: '1 day' } },
    'retention.artifacts: expected a duration above zero',
  ],
  [{ costCap: { cpuHours: 0 } }, 'costCap.cpuHours: expected a number of hours above 0, got 0'],
] as const)('finds what is wrong with how it is run: %o', (operation, message) => {
  expect(check({ ...flightDelay, operation }).map(describeIssue)).toEqual([expect.stringContaining(message)])
})

it.each(['*/15 0-6 1,15 * 1-5', '0 0 31 12 7', '5 * * * *'])('takes the cron expression "%s"', (expression) => {
  expect(check({ ...flightDelay, operation: { schedule: { ...schedule, at: cron(expression) } } })).toEqual([])
})

function lifecycleOf({ lifecycle }: Pipeline): Lifecycle {
  if (lifecycle === undefined) throw new Error('the fixture has a lifecycle')
  return lifecycle
}

function withLifecycle(change: Partial<Lifecycle>): Pipeline {
  return { ...flightDelay, lifecycle: { ...lifecycleOf(flightDelay), ...change } }
}

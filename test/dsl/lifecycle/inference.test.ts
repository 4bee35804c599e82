/* oxlint-disable unicorn/consistent-function-scoping -- what must not compile is wrapped so that it does not run */
/* oxlint-disable typescript/no-unsafe-call -- the calls under test are those that do not exist */
import { describe, expectTypeOf, it } from 'vitest'
import {
  contract,
  count,
  type Decimal,
  features,
  history,
  label,
  latest,
  mean,
  model,
  share,
  tabular,
  type Timestamp,
  torch,
  z,
} from '../../../dsl/index.ts'
import type { InputOf, Label, RequestOf } from '../../../dsl/index.ts'
import type { Gates } from '../../../dsl/lifecycle/gates.ts'
import type { AtLeast, AtMost } from '../../../dsl/limits.ts'
import type { SourcesOf, TaskOf } from '../../../dsl/model.ts'
import { delayFeatures, flights, late, type trees, weather } from '../../fixtures/flight-delay.ts'
import { applications, type loanModel } from '../../fixtures/loan-approval.ts'

describe('what a model eats and what a client sends', () => {
  it('infers the input as the features in plain values', () => {
    expectTypeOf<InputOf<typeof trees>>().toEqualTypeOf<{
      readonly carrier: 'AA' | 'DL' | 'UA' | 'WN'
      readonly fare: number
      readonly log_distance: number
      readonly haul: number
      readonly departure_hour: number
      readonly is_weekend: boolean
      readonly is_legacy: boolean
      readonly inbound_delay: number
      readonly wind_knots: number
      readonly origin_late_7d: number
      readonly origin_delay_6h: number
      readonly carrier_departures_24h: number
    }>()
  })

  it('infers the request as the columns reached, key and time, and leaves out what no expression needs', () => {
    expectTypeOf<RequestOf<typeof trees>>().toEqualTypeOf<{
      readonly flight_id: bigint
      readonly scheduled_at: Timestamp
      readonly carrier: 'AA' | 'DL' | 'UA' | 'WN'
      readonly origin: string
      readonly fare: Decimal
      readonly distance_km: number
      readonly inbound_delay_min: number | null
    }>()
  })

  it('reaches a column through `on` and `by` alone', () => {
    const set = features('reach', flights, (f) => ({
      wind: latest(weather, { on: { airport: f.origin }, within: '1 hour' }).wind_knots.isNull(),
      flights: history(flights, { by: { carrier: f.carrier }, within: '1 day' }, () => count()),
    }))
    const reaching = model('reach', {
      features: set,
      label: late,
      window: '2 days',
      holdout: '1 day',
      trainer: torch(),
      seed: 1,
    })
    expectTypeOf<keyof RequestOf<typeof reaching>>().toEqualTypeOf<
      'origin' | 'carrier' | 'flight_id' | 'scheduled_at'
    >()
  })

  it('asks for no key where a row is its place, and for no time where there is none', () => {
    expectTypeOf<RequestOf<typeof loanModel>>().toEqualTypeOf<{
      readonly income: number
      readonly debt_ratio: number
      readonly unemployed: boolean
    }>()
  })

  it('knows the contracts that have to be ingested', () => {
    expectTypeOf<SourcesOf<typeof trees>>().toEqualTypeOf<'flights' | 'weather'>()
    expectTypeOf<SourcesOf<typeof loanModel>>().toEqualTypeOf<'applications'>()
  })
})

describe('what a label decides', () => {
  it('picks the task by the type of the label', () => {
    expectTypeOf(late).toEqualTypeOf<Label<'flights', boolean>>()
    expectTypeOf<TaskOf<typeof trees>>().toEqualTypeOf<'binary'>()
    expectTypeOf(label(flights, (f) => f.arrival_delay_min)).toEqualTypeOf<Label<'flights', number>>()
    expectTypeOf(label(flights, (f) => f.carrier)).toEqualTypeOf<Label<'flights', 'AA' | 'DL' | 'UA' | 'WN'>>()
  })

  it('gives each metric the direction in which it is better', () => {
    expectTypeOf<Gates<'regression'>>().toEqualTypeOf<{
      readonly rmse?: AtMost
      readonly mae?: AtMost
      readonly r2?: AtLeast
    }>()
  })
})

describe('what does not compile', () => {
  it('refuses features that are unknown, leaked, null or no tensor', () => {
    const define = () =>
      features('bad', flights, (f) => ({
        // @ts-expect-error misspelled column
        a: f.distence_km,
        // @ts-expect-error label leakage
        b: f.arrival_delay_min,
        // @ts-expect-error a null has no arithmetic
        c: f.inbound_delay_min.times(2),
        // @ts-expect-error a quotient may be null
        d: f.distance_km.over(f.distance_km).plus(1),
        // @ts-expect-error a time is not a tensor
        e: f.scheduled_at,
        // @ts-expect-error an int64 loses digits as a float: ask for it
        g: f.flight_id,
        // @ts-expect-error a decimal loses digits as a float: ask for it
        h: f.fare,
        // @ts-expect-error no such category
        i: f.carrier.isIn(['BA']),
        // @ts-expect-error a decimal is compared with a decimal
        j: f.fare.gt('cheap'),
      }))
    expectTypeOf(define).toBeFunction()
  })

  it('refuses a past that does not match, is not known, or has no time', () => {
    const define = () =>
      features('bad', flights, (f) => ({
        // @ts-expect-error the newest row may be missing: say what that means
        a: latest(weather, { on: { airport: f.origin }, within: '3 hours' }).wind_knots.times(2),
        // @ts-expect-error misspelled key column of the other contract
        b: latest(weather, { on: { airprt: f.origin }, within: '3 hours' }).wind_knots.orElse(0),
        // @ts-expect-error a number matched with a string
        c: latest(weather, { on: { airport: f.distance_km }, within: '3 hours' }).wind_knots.orElse(0),
        // @ts-expect-error a share needs a condition
        d: history(flights, { by: { origin: f.origin }, within: '7 days' }, (past) => share(past.distance_km)).orElse(
          0,
        ),
        // @ts-expect-error no rows, no mean: say what that means
        e: history(flights, { by: { origin: f.origin }, within: '7 days' }, (past) => mean(past.distance_km)),
        // @ts-expect-error a summary is over rows of the past, not over this one
        g: history(flights, { by: {}, within: '7 days' }, (past) => mean(past.distance_km.plus(f.distance_km))).orElse(
          0,
        ),
        // @ts-expect-error a contract without a time has no past
        h: history(applications, { by: {}, within: '7 days' }, () => count()),
        // @ts-expect-error nor a newest row
        i: latest(applications, { on: {}, within: '7 days' }).income,
      }))
    expectTypeOf(define).toBeFunction()
  })

  it('refuses a contract whose key, time or columns are none', () => {
    const columns = { id: z.string(), at: z.date() }
    const define = () => [
      // @ts-expect-error no such key column
      contract('c', { key: ['idd'], time: 'at', columns, outcomes: {} }),
      // @ts-expect-error a string is no time
      contract('c', { key: ['id'], time: 'id', columns, outcomes: {} }),
      // @ts-expect-error a list is no column
      contract('c', { key: ['id'], columns: { ...columns, tags: z.array(z.string()) }, outcomes: {} }),
      // @ts-expect-error no such treatment of personal data
      contract('c', { key: ['id'], columns: { id: z.string().meta({ pii: 'hide' }) }, outcomes: {} }),
    ]
    expectTypeOf(define).toBeFunction()
  })

  it('refuses a model whose label, split or parameters do not fit', () => {
    const good = { features: delayFeatures, label: late, window: '90 days', holdout: '14 days', seed: 1 } as const
    const define = () => [
      // @ts-expect-error label of another contract
      model('m', { ...good, label: label(weather, (w) => w.wind_knots.isNull()), trainer: torch() }),
      // @ts-expect-error no such unit
      model('m', { ...good, holdout: '30 dayz', trainer: torch() }),
      // @ts-expect-error rows with a time are held out by time
      model('m', { ...good, holdout: '20%', trainer: torch() }),
      // @ts-expect-error parameter of another trainer
      model('m', { ...good, trainer: tabular({ algorithm: 'lightgbm' }), params: { epochs: 3 } }),
      // @ts-expect-error no such algorithm
      model('m', { ...good, trainer: tabular({ algorithm: 'catboost' }) }),
      // @ts-expect-error a null label is no class: say what it means
      label(flights, (f) => f.captain),
    ]
    expectTypeOf(define).toBeFunction()
  })

  it('refuses a column of another row, smuggled in', () => {
    const define = () =>
      features('outer', weather, (w) => {
        // @ts-expect-error a column of weather is no column of flights
        features('inner', flights, () => ({ wind: w.wind_knots.orElse(0) }))
        return { wind: w.wind_knots.orElse(0) }
      })
    expectTypeOf(define).toBeFunction()
  })
})

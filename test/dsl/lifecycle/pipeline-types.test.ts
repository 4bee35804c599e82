/* oxlint-disable unicorn/consistent-function-scoping -- what must not compile is wrapped so that it does not run */
import { describe, expectTypeOf, it } from 'vitest'
import { atLeast, atMost, best, cron, notWorseBy, parquet, pipeline } from '../../../dsl/index.ts'
import { network, trees } from '../../fixtures/flight-delay.ts'
import { loanModel } from '../../fixtures/loan-approval.ts'

const sources = { flights: parquet('f'), weather: parquet('w') }
const gates = { overall: { auc: atLeast(0.7) } }
const windows = { over: '28 days', every: '1 day', consecutive: 3 } as const

describe('a pipeline that does not compile', () => {
  it('has a source too few or too many', () => {
    const define = () => [
      // @ts-expect-error the features read weather as well
      pipeline('p', { sources: { flights: parquet('f') }, train: trees, gates, canary: 'direct' }),
      // @ts-expect-error no feature reads airports
      pipeline('p', { sources: { ...sources, airports: parquet('a') }, train: trees, gates, canary: 'direct' }),
    ]
    expectTypeOf(define).toBeFunction()
  })

  it('gates by a metric of another task, in the wrong direction, or on an unknown column', () => {
    const rest = { sources, train: trees, canary: 'direct' } as const
    const define = () => [
      // @ts-expect-error a binary task has no RMSE
      pipeline('p', { ...rest, gates: { overall: { rmse: atMost(1) } } }),
      // @ts-expect-error more AUC is better
      pipeline('p', { ...rest, gates: { overall: { auc: atMost(0.7) } } }),
      // @ts-expect-error a margin is no bound
      pipeline('p', { ...rest, gates: { overall: { auc: notWorseBy(0.1) } } }),
      // @ts-expect-error no such column
      pipeline('p', { ...rest, gates: { ...gates, slices: { carier: { auc: atLeast(0.5) } } } }),
    ]
    expectTypeOf(define).toBeFunction()
  })

  it('chooses by a metric of another task, or among other things than models', () => {
    const define = () => [
      // @ts-expect-error a binary task has no RMSE
      best([trees, network], { by: 'rmse' }),
      // @ts-expect-error a number is no candidate
      best([trees, 1], { by: 'auc' }),
    ]
    expectTypeOf(define).toBeFunction()
  })

  it('watches an unknown feature, or rows that have no time', () => {
    const define = () => [
      pipeline('p', {
        sources,
        train: trees,
        gates,
        canary: 'direct',
        // @ts-expect-error no such feature
        monitor: { ...windows, drift: { log_distence: {} } },
      }),
      pipeline('p', {
        sources: { applications: parquet('a') },
        train: loanModel,
        gates,
        canary: 'direct',
        // @ts-expect-error windows of event time need one
        monitor: { ...windows, drift: {} },
      }),
    ]
    expectTypeOf(define).toBeFunction()
  })

  it('leaves out what every lifecycle has, or has a lifecycle without a model', () => {
    const define = () => [
      // @ts-expect-error no gates
      pipeline('p', { sources, train: trees, canary: 'direct' }),
      // @ts-expect-error nothing is trained
      pipeline('p', { sources, gates, canary: 'direct' }),
      pipeline('p', {
        steps: [],
        // @ts-expect-error a schedule without a time zone
        schedule: { at: cron('0 3 * * *'), overlap: 'skip', catchUp: '1 hour' },
      }),
    ]
    expectTypeOf(define).toBeFunction()
  })
})

import { expect, test } from 'vitest'
import { answersOf } from './answers.ts'
import { aJob, aTable, IN_TIME_HOLDOUT, query } from './flight-examples.ts'
import { train, type Algorithm } from './trainer.ts'

/** What any trainer's models are held to. */
export function testModels(algorithms: readonly Algorithm[]): void {
  test.each(algorithms)('%s learns who is late better than the share of late flights tells', async (algorithm) => {
    const table = await aTable()
    const { model, training, output } = await train(aJob(table, { algorithm }))
    const answers = await answersOf(model, table, IN_TIME_HOLDOUT)
    const late = await labelsOf(table)
    const share = answers.values.filter((_, at) => at % 2 === 1)
    expect(training.classes).toEqual(['false', 'true'])
    expect(output).toMatchObject({ model: { $file: 'model.onnx' }, classes: ['false', 'true'] })
    expect(answers.output).toBe('probabilities')
    expect(answers.values.length).toBe(2 * late.length)
    const base = mean(late.map(Number))
    expect(loss(late, share)).toBeLessThan(-base * Math.log(base) - (1 - base) * Math.log(1 - base))
  })

  test.each(algorithms)('%s tells the three classes by the order that it writes down', async (algorithm) => {
    const table = await aTable({ task: 'multiclass' })
    const { model, training } = await train(aJob(table, { algorithm, task: 'multiclass' }))
    const { values } = await answersOf(model, table, IN_TIME_HOLDOUT)
    expect(training.classes).toEqual(['early', 'in time', 'late'])
    const labels = await labelsOf(table)
    const own = labels.map((label, row) => values[3 * row + (training.classes ?? []).indexOf(String(label))] ?? 0)
    expect(mean(own)).toBeGreaterThan(1 / 3)
    expect(Math.max(...labels.map((_, row) => Math.abs(sum(values.slice(3 * row, 3 * row + 3)) - 1)))).toBeLessThan(
      1e-5,
    )
  })

  test.each(algorithms)('%s predicts delays better than their mean does', async (algorithm) => {
    const table = await aTable({ task: 'regression' })
    const { model, training } = await train(aJob(table, { algorithm, task: 'regression' }))
    const { values, output } = await answersOf(model, table, `not ${IN_TIME_HOLDOUT}`)
    const delays = (await labelsOf(table, `not ${IN_TIME_HOLDOUT}`)).map(Number)
    expect(output).toBe('prediction')
    expect(training.classes).toBeNull()
    const base = mean(delays)
    expect(rmse(delays, values)).toBeLessThan(Math.sqrt(mean(delays.map((delay) => (delay - base) ** 2))))
  })

  test.each(algorithms)('%s answers alike for any two categories that it never saw', async (algorithm) => {
    const table = await aTable({ rows: 5000 })
    const { model } = await train(aJob(table, { algorithm }))
    const [one, other] = await Promise.all(['ZZZ', ''].map((name) => answersFor(model, name)))
    expect(one).toEqual(other)
    expect(one?.every(Number.isFinite)).toBe(true)
  })

  test.each(algorithms)('%s takes features that are constant', async (algorithm) => {
    const table = await aTable({ rows: 2000, replace: "1::float as hour, false as weekend, 'ATL' as origin" })
    const { model } = await train(aJob(table, { algorithm }))
    const { values } = await answersOf(model, table, IN_TIME_HOLDOUT)
    expect(values.every(Number.isFinite)).toBe(true)
    expect(new Set(values).size).toBeGreaterThan(2)
  })
}

async function answersFor(model: Uint8Array, origin: string): Promise<readonly number[]> {
  const table = await aTable({ rows: 500, replace: `'${origin}' as origin` })
  return (await answersOf(model, table)).values
}

async function labelsOf(table: string, where = IN_TIME_HOLDOUT): Promise<readonly unknown[]> {
  return (await query(`select "$label" as label from '${table}' where ${where}`))['label'] ?? []
}

function loss(labels: readonly unknown[], shares: readonly number[]): number {
  return -mean(
    labels.map((label, at) => Math.log(Math.max(1e-7, label === true ? (shares[at] ?? 0) : 1 - (shares[at] ?? 0)))),
  )
}

function rmse(expected: readonly number[], got: readonly number[]): number {
  return Math.sqrt(mean(expected.map((value, at) => (value - (got[at] ?? 0)) ** 2)))
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

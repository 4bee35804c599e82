import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { PlanReport } from '../../../cli/plan-report.ts'
import { createKey } from '../../../store/signing/keys.ts'
import { withWorker, workplace, type Workplace } from './anneal.ts'
import { changed } from './pipelines.ts'

const PIPELINE = `import { atLeast, contract, csv, features, label, mean, history, model, pipeline, tabular, timestamp, z } from 'DSL'

const visits = contract('visits', {
  key: 'row',
  time: 'at',
  outcomesKnownAfter: '1 hour',
  columns: { at: timestamp(), age: z.int(), ward: z.string() },
  outcomes: { days: z.int() },
})

const stay = features('stay', visits, (v) => ({
  age: v.age,
  ward: v.ward,
  ward_days: history(visits, { by: { ward: v.ward }, within: '2 days' }, (p) => mean(p.days)).orElse(3),
}))

const long = model('long-stay', {
  features: stay,
  label: label(visits, (v) => v.days.gt(3)),
  window: '30 days',
  holdout: '1 day',
  trainer: tabular({ algorithm: 'lightgbm' }),
  params: { rounds: 10, leaves: 4 },
  seed: 1,
})

export default pipeline('stays', {
  sources: { visits: csv('visits/*.csv') },
  train: long,
  gates: { overall: { auc: atLeast(0.6) } },
})
`

const AS_OF = ['--param', 'asOf=2026-01-05T00:00:00Z']

/** Visits of one day: the old stay longer, and so do those of ward b. */
function aDay(day: number): string {
  const rows = Array.from({ length: 288 }, (_, index) => {
    const [age, ward] = [20 + ((index * 37) % 60), index % 3 === 0 ? 'b' : 'a']
    const time = new Date(Date.UTC(2026, 0, day, 0, 5 * index)).toISOString()
    return `${time},${age},${ward},${Math.floor(age / 20) + (ward === 'b' ? 2 : 0) + (index % 2)}`
  })
  return ['at,age,ward,days', ...rows, ''].join('\n')
}

function days(last: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: last }, (_, day) => [`visits/${day + 1}.csv`, aDay(day + 1)]))
}

async function statesOf(place: Workplace, args: readonly string[] = AS_OF): Promise<Readonly<Record<string, unknown>>> {
  const { nodes } = await reportOf(place, args)
  return Object.fromEntries(nodes.map(({ id, state }) => [id, state]))
}

async function reportOf(place: Workplace, args: readonly string[] = AS_OF): Promise<PlanReport> {
  const { stdout, stderr, code } = await place.anneal(['plan', 'p.ts', '--json', ...args])
  const report = JSON.parse(stdout) as PlanReport
  const endsBadly = report.nodes.some(({ state }) => state === 'fails' || state === 'ends')
  expect([code, stderr]).toEqual([endsBadly ? 1 : 0, ''])
  return report
}

it('tells before a run what it will do with each node of a lifecycle, and the run does that', async () => {
  const place = await workplace({ 'p.ts': PIPELINE, ...days(4) })
  await createKey(join(place.project.stateFolder, 'keys'))
  expect(await statesOf(place)).toEqual({
    'source:visits': 'runs',
    'ingest:visits': 'runs',
    'validate:visits': 'unknown',
    features: 'unknown',
    train: 'unknown',
    incumbent: 'unknown',
    evaluate: 'unknown',
    register: 'unknown',
  })
  const without = await reportOf(place, [])
  expect(without.nodes.find(({ id }) => id === 'ingest:visits')).toMatchObject({
    state: 'unknown',
    parameters: ['asOf'],
  })
  await withWorker(place)
  const run = async (): Promise<string> => (await place.anneal(['run', 'p.ts', ...AS_OF])).stderr
  expect(await run()).toContain('8 ran, 0 reused')
  expect(new Set(Object.values(await statesOf(place)))).toEqual(new Set(['reused']))

  // A gate is judged, and what is signed is the judgement: nothing before it runs again.
  await place.write({ 'p.ts': changed(PIPELINE, 'atLeast(0.6)', 'atLeast(0.61)') })
  const judged = await reportOf(place)
  const changes = Object.fromEntries(judged.nodes.map(({ id, state, reasons }) => [id, [state, ...reasons]]))
  expect(changes).toMatchObject({
    train: ['reused'],
    incumbent: ['reused'],
    evaluate: ['runs', 'overall.auc.limit.atLeast: 0.6 → 0.61'],
    register: ['unknown', 'follows "evaluate"'],
  })
  expect(await run()).toContain('2 ran, 6 reused')

  // A day that has come: of its files only the new one is read.
  await place.write(days(5))
  const later = await reportOf(place, ['--param', 'asOf=2026-01-06T00:00:00Z'])
  expect(later.nodes.slice(0, 2)).toMatchObject([{ state: 'runs' }, { state: 'runs', items: { reused: 4, total: 5 } }])
})

it('foresees that a run ends as the last one did', async () => {
  const place = await workplace({ 'p.ts': changed(PIPELINE, 'atLeast(0.6)', 'atLeast(1)'), ...days(4) })
  await withWorker(place)
  expect((await place.anneal(['run', 'p.ts', ...AS_OF])).code).toBe(1)
  const register = (await reportOf(place)).nodes.at(-1)
  expect(register).toMatchObject({ id: 'register', state: 'ends', verdict: 'gates-failed' })
  await place.write({ 'visits/5.csv': 'at,age,ward\n' })
  expect((await place.anneal(['run', 'p.ts', ...AS_OF])).code).toBe(1)
  expect(await statesOf(place)).toMatchObject({ 'ingest:visits': 'ends', 'validate:visits': 'unknown' })
})

it('fails where a source has no file, or asOf is no instant', async () => {
  const place = await workplace({ 'p.ts': PIPELINE })
  expect(await statesOf(place)).toMatchObject({ 'source:visits': 'fails', 'ingest:visits': 'unknown' })
  await place.write(days(1))
  const { code, stderr } = await place.anneal(['plan', 'p.ts', '--param', 'asOf=tomorrow'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('asOf')])
})

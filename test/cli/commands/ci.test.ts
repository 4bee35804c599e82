import { join } from 'node:path'
import { expect, it } from 'vitest'
import { prepare } from '../../../cli/pipeline-file/prepare.ts'
import { appendAppliedPlan } from '../../../store/applied-plans.ts'
import { openStore } from '../../../store/open-store.ts'
import { withWorker, workplace } from './anneal.ts'
import { changed, DOUBLE } from './pipelines.ts'

/** Nothing listens there. */
const NO_SERVER = { TEMPORAL_ADDRESS: '127.0.0.1:1' }

interface Said {
  readonly passed: boolean
  readonly files: readonly {
    readonly file: string
    readonly passed: boolean
    readonly error?: { readonly code: string }
  }[]
}

it('passes what is right without a server, and leaves no trace in the store', async () => {
  const place = await workplace({ 'good.ts': DOUBLE })
  const { code, stdout, stderr } = await place.anneal(['ci', 'good.ts'], NO_SERVER)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^✓ good\.ts\nsmall {2}plan .* 1 to run\nno run of this pipeline so far/)
  expect(await place.stored()).toEqual([])
})

it('looks at every file, and answers by the code of the first that is wrong', async () => {
  const place = await workplace({
    'types.ts': changed(DOUBLE, 'value: 21', "value: '21'"),
    'rules.ts': changed(DOUBLE, 'steps: [double({ value: 21 })]', 'steps: []'),
    'good.ts': DOUBLE,
  })
  const { code, stdout } = await place.anneal(['ci', 'types.ts', 'rules.ts', 'good.ts', '--json'], NO_SERVER)
  const { passed, files } = JSON.parse(stdout) as Said
  expect({ code, passed }).toEqual({ code: 2, passed: false })
  expect(files.map(({ file, error }) => [file, error?.code])).toEqual([
    ['types.ts', 'type-error'],
    ['rules.ts', 'check-failed'],
    ['good.ts', undefined],
  ])
})

it('says what changed against the plan that was run last', async () => {
  const place = await workplace({ 'was.ts': DOUBLE, 'is.ts': changed(DOUBLE, 'value * 2', 'value * 3') })
  const store = openStore(join(place.project.stateFolder, 'store'))
  await appendAppliedPlan(store.objects, await prepare(place.path('was.ts'), { settings: place.project, store }))
  const before = await place.stored()
  const { code, stdout } = await place.anneal(['ci', 'is.ts'], NO_SERVER)
  expect(code).toBe(0)
  expect(stdout).toMatch(/against plan [0-9a-f]{12}, last run/)
  expect(stdout).toMatch(/double +task +runs +code changed/)
  expect(await place.stored()).toEqual(before)
})

it('shows a source without files, and does not fail for it', async () => {
  const place = await workplace({ 'visits.ts': VISITS })
  const { code, stdout } = await place.anneal(['ci', 'visits.ts'], NO_SERVER)
  expect(stdout).toMatch(/source:visits +source +fails +source "visits": expected files/)
  expect(code).toBe(0)
})

const VISITS = `import { atLeast, contract, csv, features, label, model, pipeline, tabular, timestamp, z } from 'DSL'

const visits = contract('visits', {
  key: 'row',
  time: 'at',
  outcomesKnownAfter: '1 hour',
  columns: { at: timestamp(), age: z.int() },
  outcomes: { days: z.int() },
})

const long = model('long-stay', {
  features: features('stay', visits, (v) => ({ age: v.age })),
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

it('with a sample tries what passed, and only then', async () => {
  const place = await withWorker(
    await workplace({ 'good.ts': DOUBLE, 'types.ts': changed(DOUBLE, 'value: 21', "value: '21'") }),
  )
  const { code, stderr } = await place.anneal(['ci', 'good.ts', '--sample', '10%'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^completed in \S+ s: 1 ran, 0 reused$/m) })
  const refused = await place.anneal(['ci', 'good.ts', 'types.ts', '--sample', '10%'])
  expect(refused).toMatchObject({ code: 2, stderr: expect.not.stringContaining('completed') })
})

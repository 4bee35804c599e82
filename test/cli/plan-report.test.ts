import { execPath } from 'node:process'
import { describe, expect, it } from 'vitest'
import { resolveBinding } from '../../activities/resolve-binding.ts'
import { stepKey } from '../../activities/result-key.ts'
import { appendAppliedPlan, readAppliedPlan } from '../../store/applied-plans.ts'
import { prepare, type Prepared } from '../../cli/pipeline-file/prepare.ts'
import { planReport, type PlanReport, type ReportedNode } from '../../cli/plan-report.ts'
import { planText } from '../../cli/plan-text.ts'
import type { Json } from '../../dsl/plan.ts'
import { openStore, type OpenStore } from '../../store/open-store.ts'
import { projectFolder, type ProjectFolder } from './pipeline-file/project-folder.ts'

const SOURCE = `import { best, each, file, localFile, parameter, pipeline, task, z } from 'DSL'

const ratio = parameter('ratio', z.number(), 0.2)

export const load = task('load', { input: z.object({ rows: localFile() }), output: z.object({ n: z.number() }), run: () => ({ n: 3 }) })
export const split = task('split', {
  input: z.object({ n: z.number(), ratio: z.number() }),
  output: z.object({ sizes: z.array(z.number()) }),
  timeout: '1 minute',
  run: ({ n }) => ({ sizes: [n] }),
})
export const fit = task('fit', {
  input: z.object({ size: z.number(), depth: z.number() }),
  output: z.object({ auc: z.number() }),
  run: ({ size }) => ({ auc: size }),
})

const loaded = load({ rows: file('rows.csv') })
const parts = split({ n: loaded.output.n, ratio })
const fits = each(parts.output.sizes, (size) => fit({ size, depth: 4 }), { id: 'fits' })
const chosen = best(fits, { by: 'auc', prefer: 'higher' })

export default pipeline('tree', { steps: [chosen] })
`

const LIFECYCLE = `import { atLeast, contract, csv, features, label, model, notWorseBy, pipeline, tabular, timestamp, z } from 'DSL'

const visits = contract('visits', {
  key: 'row',
  time: 'at',
  columns: { at: timestamp(), age: z.int() },
  outcomes: { days: z.int() },
})

const stays = model('long-stay', {
  features: features('stay', visits, (v) => ({ age: v.age })),
  label: label(visits, (v) => v.days.gt(3)),
  window: '30 days',
  holdout: '1 day',
  trainer: tabular({ algorithm: 'lightgbm' }),
  params: { leaves: 4 },
  seed: 1,
})

export default pipeline('stays', {
  sources: { visits: csv('a/*.csv') },
  train: stays,
  gates: { overall: { auc: atLeast(0.6) } },
})
`

interface Bench {
  readonly folder: ProjectFolder
  readonly store: OpenStore
  readonly prepareIt: () => Promise<Prepared>
  readonly report: (parameters?: Readonly<Record<string, Json>>) => Promise<PlanReport>
  /** Publishes what a run of the node would. */
  readonly publish: (node: string, output: Json, outputs?: Readonly<Record<string, Json>>) => Promise<void>
}

async function bench(source = SOURCE): Promise<Bench> {
  const folder = await projectFolder({ 'p.ts': source, 'rows.csv': 'a\n1\n' })
  const store = openStore(folder.path('store'))
  // A file of its own each time: a module is loaded once in a process.
  let count = 0
  const prepareIt = async (): Promise<Prepared> => {
    const file = `p${count++}.ts`
    await folder.write({ [file]: sourceOf.get(folder) ?? source })
    return prepare(folder.path(file), { settings: folder.project, store, typeCheck: false })
  }
  const report: Bench['report'] = async (parameters = { ratio: 0.2 }) =>
    planReport({
      ...(await prepareIt()),
      store,
      projectFolder: folder.project.root,
      trustedKeys: () => Promise.resolve(new Map()),
      parameters,
    })
  const publish: Bench['publish'] = async (id, output, outputs = {}) => {
    const { plan } = await prepareIt()
    const node = plan.nodes.find((one) => one.id === id)
    if (node?.kind !== 'task') throw new Error('expected a task')
    const scope = { node: id, parameters: { ratio: 0.2 }, outputs: new Map(Object.entries(outputs)) }
    const key = stepKey(node.spec, resolveBinding(node.spec.input, scope))
    const answer = await store.results.claim(key, { host: 'h', pid: 1, startedAt: execPath, run: 'r', node: id })
    if (answer.state !== 'claimed') throw new Error('expected a claim')
    await answer.claim.publish(output, {
      meta: { pipeline: 'tree', node: id, run: 'r', finishedAt: '2026-01-01T00:00:00.000Z' },
    })
  }
  return { folder, store, prepareIt, report, publish }
}

const sourceOf = new Map<ProjectFolder, string>()

/** The report after an edit of the plan applied last. */
async function afterEdit(edit: (source: string) => string): Promise<Readonly<Record<string, ReportedNode>>> {
  const work = await bench()
  await appendAppliedPlan(work.store.objects, await work.prepareIt())
  const edited = edit(SOURCE)
  expect(edited).not.toBe(SOURCE)
  sourceOf.set(work.folder, edited)
  return byId(await work.report())
}

function byId({ nodes }: PlanReport): Readonly<Record<string, ReportedNode>> {
  return Object.fromEntries(nodes.map((node) => [node.id, node]))
}

describe('what a run would do', () => {
  it('is to run what has no result and to leave open what hangs on it', async () => {
    const nodes = byId(await (await bench()).report())
    expect(nodes['load']?.state).toBe('runs')
    expect(nodes['split']).toMatchObject({ state: 'unknown', nodes: ['load'], parameters: [] })
    expect(nodes['fits']).toMatchObject({ state: 'unknown', nodes: ['split'] })
  })

  it('is to reuse a result that is there, and to look further from it', async () => {
    const work = await bench()
    await work.publish('load', { n: 3 })
    await work.publish('split', { sizes: [1, 2, 3] }, { load: { n: 3 } })
    const nodes = byId(await work.report())
    expect(nodes['load']?.state).toBe('reused')
    expect(nodes['split']?.state).toBe('reused')
    expect(nodes['fits']).toMatchObject({ state: 'runs', items: { reused: 0, total: 3 } })
    expect(nodes['best']).toMatchObject({ state: 'unknown', nodes: ['fits'] })
  })

  it('is not known before a parameter without value is given', async () => {
    const work = await bench(SOURCE.replace(', 0.2)', ')'))
    await work.publish('load', { n: 3 })
    expect(byId(await work.report({}))['split']).toMatchObject({ state: 'unknown', nodes: [], parameters: ['ratio'] })
    expect(byId(await work.report({ ratio: 0.5 }))['split']?.state).toBe('runs')
  })

  it('fails where a list is expected and another value came', async () => {
    const work = await bench()
    await work.publish('load', { n: 3 })
    await work.publish('split', { sizes: 'none' }, { load: { n: 3 } })
    expect(byId(await work.report())['fits']).toMatchObject({ state: 'fails' })
  })
})

describe('why a node changed', () => {
  it('is nothing right after a run', async () => {
    const work = await bench()
    await appendAppliedPlan(work.store.objects, await work.prepareIt())
    const report = await work.report()
    expect(report.applied?.plan).toBe(report.plan)
    expect(report.nodes.filter(({ reasons, policy }) => reasons.length + policy.length > 0)).toEqual([])
  })

  it('is its code, and for what follows the node itself', async () => {
    const nodes = await afterEdit((source) => source.replace('sizes: [n]', 'sizes: [n, n]'))
    expect(nodes['load']?.reasons).toEqual([])
    expect(nodes['split']?.reasons).toEqual(['code changed'])
    expect(nodes['fits']?.reasons).toEqual(['follows "split"'])
    expect(nodes['best']?.reasons).toEqual(['follows "fits"'])
  })

  it.each([
    ['a literal', (source: string) => source.replace('depth: 4', 'depth: 5'), 'fits', 'input.depth: 4 → 5'],
    [
      'a default',
      (source: string) => source.replace(', 0.2)', ', 0.3)'),
      'split',
      'input.ratio: parameter "ratio" (default 0.2) → parameter "ratio" (default 0.3)',
    ],
    [
      'a reference',
      (source: string) => source.replace('ratio })', 'ratio: loaded.output.n })'),
      'split',
      'input.ratio: parameter "ratio" (default 0.2) → "load".n',
    ],
    ['the choice', (source: string) => source.replace('higher', 'lower'), 'best', 'choice: higher auc → lower auc'],
  ])('is %s of its input, named with both values', async (_, edit, node, reason) => {
    expect((await afterEdit(edit))[node]?.reasons).toEqual([reason])
  })

  it.each([
    ['a parameter of the trainer', 'leaves: 4', 'leaves: 5', { train: ['params.leaves: 4 → 5'] }],
    ['a bound', 'atLeast(0.6)', 'atLeast(0.7)', { evaluate: ['overall.auc.limit.atLeast: 0.6 → 0.7'] }],
    ['the files', "'a/*.csv'", "'b/*.csv'", { 'source:visits': ['at: "a/*.csv" → "b/*.csv"'] }],
    [
      'an expression',
      'age: v.age',
      'age: v.age.plus(1)',
      { features: ['features.age.expression changed'], train: ['follows "features"'] },
    ],
    [
      'one more feature',
      'age: v.age',
      'age: v.age, old: v.age.gt(60)',
      { features: ['features.old added'], train: ['features.old added'] },
    ],
    [
      'a gate against the incumbent where there was none',
      'atLeast(0.6) }',
      'atLeast(0.6) }, incumbent: { auc: notWorseBy(0.01) }',
      { evaluate: ['incumbent.auc added'] },
    ],
    [
      'what a column is called in reports',
      'age: z.int()',
      "age: z.int().meta({ unit: 'a' })",
      { 'ingest:visits': ['contract.age.unit: null → "a"'], 'validate:visits': ['contract.age.unit: null → "a"'] },
    ],
  ])('is %s of a lifecycle', async (_, from, to, reasons) => {
    const work = await bench(LIFECYCLE)
    await appendAppliedPlan(work.store.objects, await work.prepareIt())
    expect(LIFECYCLE).toContain(from)
    sourceOf.set(work.folder, LIFECYCLE.replace(from, to))
    const nodes = byId(await work.report())
    expect(Object.fromEntries(Object.keys(reasons).map((id) => [id, nodes[id]?.reasons]))).toEqual(reasons)
    expect(nodes['register']?.reasons).toEqual(nodes['evaluate']?.reasons.length === 0 ? [] : ['follows "evaluate"'])
  })

  it('is the content of a file', async () => {
    const work = await bench()
    await appendAppliedPlan(work.store.objects, await work.prepareIt())
    await work.folder.write({ 'rows.csv': 'a\n2\n' })
    expect(byId(await work.report())['load']?.reasons).toEqual(['input.rows: file "rows.csv" changed'])
  })

  it('is that it is new, and a node that is gone is named', async () => {
    const work = await bench()
    await appendAppliedPlan(work.store.objects, await work.prepareIt())
    sourceOf.set(work.folder, SOURCE.replace("{ id: 'fits' }", "{ id: 'models' }"))
    const report = await work.report()
    expect(byId(report)['models']?.reasons).toEqual(['new node'])
    expect(report.removed).toEqual(['fits'])
  })

  it('is no reason to run again where only the policy differs', async () => {
    const nodes = await afterEdit((source) => source.replace('1 minute', '2 minutes'))
    expect(nodes['split']).toMatchObject({ reasons: [], policy: ['timeout 60 s → 120 s'] })
    expect(nodes['fits']?.reasons).toEqual([])
  })
})

it('tells that a gate is gone by its name', async () => {
  const work = await bench(LIFECYCLE.replace('atLeast(0.6) }', 'atLeast(0.6) }, incumbent: { auc: notWorseBy(0.01) }'))
  await appendAppliedPlan(work.store.objects, await work.prepareIt())
  sourceOf.set(work.folder, LIFECYCLE)
  expect(byId(await work.report())['evaluate']?.reasons).toEqual(['incumbent.auc removed'])
})

it('remembers the plan of the last run, once however often it runs', async () => {
  const work = await bench()
  const prepared = await work.prepareIt()
  expect(await readAppliedPlan(work.store, 'tree')).toBeUndefined()
  await appendAppliedPlan(work.store.objects, prepared)
  await appendAppliedPlan(work.store.objects, prepared)
  expect(await work.store.objects.list('pipelines/tree/')).toEqual(['pipelines/tree/1'])
  expect(await readAppliedPlan(work.store, 'tree')).toMatchObject({
    plan: prepared.plan,
    planDigest: prepared.planDigest,
  })
})

it('draws the plan within 80 columns', async () => {
  const work = await bench()
  await work.publish('load', { n: 3 })
  await appendAppliedPlan(work.store.objects, await work.prepareIt())
  sourceOf.set(work.folder, SOURCE.replace('depth: 4', 'depth: 5').replace('1 minute', '2 minutes'))
  const report = await work.report()
  const text = planText(report, { colour: false, columns: 80 })
  expect(text.split('\n').slice(3)).toEqual([
    '○  load   task       reused',
    '│',
    '●  split  task       runs      only policy changed: timeout 60 s → 120 s',
    '│',
    '◌  fits   each       unknown   until "split" is done; input.depth: 4 → 5',
    '│',
    '◌  best   best       unknown   until "fits" is done; follows "fits"',
    '',
  ])
  expect(text.split('\n')[0]).toBe(`tree  plan ${report.plan.slice(0, 12)}  4 nodes: 1 reused, 1 to run, 2 unknown`)
})

it('lists a graph that is too wide to be drawn', () => {
  const ids = Array.from({ length: 40 }, (_, index) => `n${index}`)
  const nodes = [...ids.map((id) => aNode(id, [])), aNode('join', ids)]
  const text = planText(
    { pipeline: 'wide', plan: 'abc', applied: null, nodes, removed: [] },
    { colour: false, columns: 80 },
  )
  expect(text).toContain('●  join  task       runs      after n0, n1, n2 and 37 more')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

function aNode(id: string, needs: readonly string[]): ReportedNode {
  return { id, needs, kind: 'task', queue: 'light', state: 'runs', key: '0', reasons: [], policy: [] }
}

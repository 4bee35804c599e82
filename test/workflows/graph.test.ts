import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { WorkflowFailedError } from '@temporalio/client'
import type { RunHandle } from '../../cli/run/start-run.ts'
import type { Json } from '../../dsl/plan.ts'
import type { RunStatus } from '../../workflows/run-status.ts'
import { countsOf, EFFECT } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'

const HEAD = `import { best, each, parameter, pipeline, task, z } from 'DSL'
${EFFECT}
const named = z.object({ name: z.string() })

export const mark = task('mark', {
  input: z.object({ name: z.string(), after: z.array(z.string()) }),
  output: named,
  run: ({ name }) => {
    effect(name)
    return { name }
  },
})
`

/** Each waits for the other to have begun, so that one after the other would never end. */
const PARALLEL = `${HEAD}
const meet = task('meet', {
  input: z.object({ name: z.string(), other: z.string() }),
  output: z.object({ name: z.string(), from: z.number(), to: z.number() }),
  timeout: '20 seconds',
  run: async ({ name, other }) => {
    const from = Date.now()
    writeFileSync(outside(\`met-\${name}\`), '')
    await untilThere(\`met-\${other}\`)
    return { name, from, to: Date.now() }
  },
})
export { meet }
import { writeFileSync } from 'node:fs'
const one = meet({ name: 'one', other: 'two' }, { id: 'one' })
const two = meet({ name: 'two', other: 'one' }, { id: 'two' })
const last = mark({ name: 'last', after: [one.output.name, two.output.name] }, { id: 'last' })
export default pipeline('parallel', { steps: [one, two, last] })
`

const LISTS = `${HEAD}
export const square = task('square', {
  input: z.object({ value: z.number() }),
  output: z.object({ value: z.number(), square: z.number() }),
  run: async ({ value }) => {
    effect(\`square-\${value}\`)
    // The first ones end last.
    await pause(100 - value)
    return { value, square: value * value }
  },
})
export const keep = task('keep', {
  input: z.object({ values: z.array(z.number()) }),
  output: z.object({ values: z.array(z.number()) }),
  run: ({ values }) => ({ values }),
})
const values = keep({ values: parameter('values', z.array(z.number())) })
export default pipeline('lists', { steps: [each(values.output.values, (value) => square({ value }), { id: 'squares' })] })
`

function choosing(prefer: 'higher' | 'lower'): string {
  return `${HEAD}
export const score = task('score', {
  input: z.object({ name: z.string(), score: z.number() }),
  output: z.object({ name: z.string(), score: z.number() }),
  run: (scored) => scored,
})
const candidates = parameter('candidates', z.array(z.object({ name: z.string(), score: z.number() })))
const scored = each(candidates, (one) => score({ name: one.name, score: one.score }), { id: 'scored' })
export default pipeline('choose-${prefer}', { steps: [best(scored, { by: 'score', prefer: '${prefer}', id: 'chosen' })] })
`
}

const NOT_A_NUMBER = `${HEAD}
export const score = task('score', {
  input: z.object({}),
  output: z.object({ score: z.number().nullable() }),
  run: () => ({ score: null }),
})
export const metric = task('metric', {
  input: z.object({}),
  output: z.object({ score: z.number() }),
  run: () => ({ score: 1 }),
})
// What types refuse may come by data.
const wrong = score({}) as unknown as ReturnType<typeof metric>
export default pipeline('not-a-number', {
  steps: [best([metric({}), wrong], { by: 'score', prefer: 'higher', id: 'chosen' })],
})
`

const FAILING = `${HEAD}
export const fail = task('fail', {
  input: named,
  output: named,
  attempts: 3,
  backoff: '0 seconds',
  run: ({ name }) => {
    effect(name)
    throw new RangeError(\`\${name} cannot be\`)
  },
})
export const slow = task('slow', {
  input: named,
  output: named,
  run: async ({ name }) => {
    effect(\`\${name}-began\`)
    await untilThere('let-slow-end')
    effect(name)
    return { name }
  },
})
const bad = fail({ name: 'bad' }, { id: 'bad' })
const other = slow({ name: 'other' }, { id: 'other' })
const afterBad = mark({ name: 'after-bad', after: [bad.output.name] }, { id: 'after-bad' })
const afterOther = mark({ name: 'after-other', after: [other.output.name] }, { id: 'after-other' })
export default pipeline('failing', { steps: [bad, other, afterBad, afterOther] })
`

const INVALID = `${HEAD}
export const positive = task('positive', {
  input: z.object({ value: z.number().positive() }),
  output: named,
  run: ({ value }) => {
    effect('positive')
    return { name: String(value) }
  },
})
export default pipeline('invalid', { steps: [positive({ value: parameter('value', z.number()) })] })
`

let rig: Rig

beforeAll(async () => {
  const project = await aProject({
    'parallel.ts': PARALLEL,
    'lists.ts': LISTS,
    'higher.ts': choosing('higher'),
    'lower.ts': choosing('lower'),
    'nan.ts': NOT_A_NUMBER,
    'failing.ts': FAILING,
    'invalid.ts': INVALID,
  })
  rig = await aRig(inject('temporalAddress'), project)
  await rig.startWorker()
})

afterAll(async () => {
  await rig.close()
  await rig.project.remove()
})

async function start(file: string, ...param: readonly string[]): Promise<RunHandle> {
  return rig.start(await rig.project.prepare(file), { param })
}

/** What the run's one result is. */
async function outputOf(handle: RunHandle): Promise<Json> {
  const [only] = (await handle.result()).results
  const published = only && (await rig.project.store.results.find(only.key))
  return published === undefined ? null : rig.project.store.results.output(published)
}

async function failureOf(handle: RunHandle): Promise<string> {
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown)
  if (error instanceof WorkflowFailedError && error.cause !== undefined) return error.cause.message
  throw new Error('expected the run to fail', { cause: error })
}

async function statesOf(handle: RunHandle): Promise<Readonly<Record<string, string>>> {
  const { nodes } = await handle.query<RunStatus>('status')
  return Object.fromEntries(nodes.map(({ id, state }) => [id, state]))
}

describe('a run', () => {
  it('works on nodes that need nothing of each other at the same time, and on the others after what they need', async () => {
    const handle = await start('parallel.ts')
    const { results } = await handle.result()
    const [one, two] = await Promise.all(results.map(async ({ key }) => rig.project.store.results.find(key)))
    // As the task's own schema has them.
    const [first, second] = [one, two].map((result) => result?.value as unknown as Span)
    expect(first?.from).toBeLessThanOrEqual(second?.to ?? 0)
    expect(second?.from).toBeLessThanOrEqual(first?.to ?? 0)
    expect(countsOf(rig.project.stateFolder)['last']).toBe(1)
  })

  it('lets what runs end once a node has failed, starts nothing more, and fails with the words of the node that did', async () => {
    const { stateFolder } = rig.project
    const handle = await start('failing.ts')
    const failed = await eventually('the bad node has failed', async () => {
      const states = await statesOf(handle)
      return states['bad'] === 'failed' && states
    })
    expect(failed).toMatchObject({ other: 'running' })
    await rig.project.write({ '.anneal/let-slow-end': '' })
    expect(await failureOf(handle)).toMatch(
      /^node "bad": task "bad" threw RangeError: bad cannot be\n {2}at .*failing\.ts:\d+:\d+\)$/,
    )
    expect(await statesOf(handle)).toEqual({
      bad: 'failed',
      other: 'done',
      'after-bad': 'waiting',
      'after-other': 'waiting',
    })
    const counts = countsOf(stateFolder)
    expect([counts['bad'], counts['other'], counts['after-bad'], counts['after-other']]).toEqual([
      3,
      1,
      undefined,
      undefined,
    ])
    expect((await handle.describe()).searchAttributes['AnnealVerdict']).toEqual(['failed'])
  })

  it('tries an input that its schema refuses once', async () => {
    const handle = await start('invalid.ts', 'value=-1')
    expect(await failureOf(handle)).toContain('node "positive": task "positive" input.value: expected')
    const { events } = await handle.fetchHistory()
    const attempts = events?.map((event) => event.activityTaskStartedEventAttributes?.attempt).filter((count) => count)
    expect(attempts).toEqual([1])
    expect(countsOf(rig.project.stateFolder)['positive']).toBeUndefined()
  })
})

describe('each', () => {
  it('keeps the order of the list and runs only the elements that have no result', async () => {
    expect(await outputOf(await start('lists.ts', 'values=[3,1,2]'))).toEqual([pair(3), pair(1), pair(2)])
    expect(await outputOf(await start('lists.ts', 'values=[5,3,4,1,3]'))).toEqual([5, 3, 4, 1, 3].map(pair))
    const counts = countsOf(rig.project.stateFolder)
    expect([1, 2, 3, 4, 5].map((value) => counts[`square-${value}`])).toEqual([1, 1, 1, 1, 1])
  })

  it('makes an empty list of an empty list', async () => {
    expect(await outputOf(await start('lists.ts', 'values=[]'))).toEqual([])
  })
})

describe('best', () => {
  const candidates = `candidates=${JSON.stringify([
    { name: 'low', score: 1 },
    { name: 'high', score: 3 },
    { name: 'high too', score: 3 },
    { name: 'low too', score: 1 },
  ])}`

  it('chooses the candidate whose metric is best, and of equals the first', async () => {
    expect(await outputOf(await start('higher.ts', candidates))).toEqual({ name: 'high', score: 3 })
    expect(await outputOf(await start('lower.ts', candidates))).toEqual({ name: 'low', score: 1 })
  })

  it('fails on a metric that is no number, and on no candidates', async () => {
    expect(await failureOf(await start('nan.ts'))).toBe(
      'node "chosen": node "chosen" candidate 1 metric "score": expected a finite number, got null; correct the step that answers it',
    )
    expect(await failureOf(await start('higher.ts', 'candidates=[]'))).toContain('expected at least one candidate')
  })
})

function pair(value: number): Json {
  return { value, square: value * value }
}

interface Span {
  readonly from: number
  readonly to: number
}

import { WAIT } from './pipelines.ts'

/** Pipeline files whose steps all fail at once. A step is named after the code that it fails with. */

/** Every step is a first one, so that none waits for another's failure. */
export const FAILING = `import { each, localFile, parameter, pipeline, python, task, z } from 'DSL'

const Nothing = z.object({})
const once = { attempts: 1, input: Nothing } as const

export const threw = task('task-threw', {
  ...once,
  output: Nothing,
  run: () => {
    throw new RangeError('no such flight')
  },
})
export const negative = task('task-input-invalid', {
  attempts: 1,
  input: z.object({ rows: z.number().positive() }),
  output: Nothing,
  run: () => ({}),
})
export const many = task('task-output-invalid', {
  ...once,
  output: z.object({ rows: z.number() }),
  run: () => JSON.parse('{ "rows": "many" }') as { rows: number },
})
export const halved = task('task-output-not-json', {
  ...once,
  output: z.object({ text: z.string() }),
  run: () => ({ text: '\\ud800' }),
})
export const long = task('task-output-too-large', {
  ...once,
  output: z.object({ text: z.string() }),
  run: () => ({ text: 'x'.repeat(33 * 1024 * 1024) }),
})
export const foreign = task('task-file-invalid', {
  ...once,
  output: z.object({ rows: localFile() }),
  run: () => ({ rows: { $file: '../rows.csv' } }),
})
export const slow = task('task-timed-out', {
  ...once,
  timeout: '1 second',
  output: Nothing,
  run: () => new Promise<{}>(() => {}),
})
export const hungry = task('task-out-of-memory', {
  ...once,
  resources: { memory: '200 MiB' },
  output: Nothing,
  run: () => {
    const held: Buffer[] = []
    for (;;) held.push(Buffer.alloc(1 << 20, 1))
  },
})
export const ended = task('task-crashed', { ...once, output: Nothing, run: () => process.exit(3) })
export const unpinned = python('environment-failed', {
  attempts: 1,
  script: 'unpinned/step.py',
  input: Nothing,
  output: Nothing,
})

// What types refuse may come by data.
const empty = parameter('settings', z.object({ rows: z.number().optional() })).rows as unknown as number
const scalar = parameter('rows', z.number()) as unknown as number[]
const absent = task('input-missing', { ...once, input: z.object({ rows: z.number() }), output: Nothing, run: () => ({}) })
const one = task('one', { ...once, input: z.object({ value: z.number() }), output: Nothing, run: () => ({}) })
export { absent, one }

export default pipeline('failing', {
  steps: [
    threw({}),
    negative({ rows: parameter('rows', z.number()) }),
    many({}),
    halved({}),
    long({}),
    foreign({}),
    slow({}),
    hungry({}),
    ended({}),
    unpinned({}),
    absent({ rows: empty }),
    each(scalar, (value) => one({ value }), { id: 'input-not-a-list' }),
  ],
})
`

/** Loads where the pipeline is compiled, whose environment a step does not have. */
export const FRAGILE = `import { pipeline, task, z } from 'DSL'
if (process.env['ANNEAL_QUEUE'] === undefined) throw new Error('no queue here')
export const fragile = task('task-not-loadable', { attempts: 1, input: z.object({}), output: z.object({}), run: () => ({}) })
export default pipeline('fragile', { steps: [fragile({})] })
`

/** Chooses of the scores that a run is given; a negative one has none. */
export const CHOOSES = `import { best, each, parameter, pipeline, task, z } from 'DSL'
const Scored = z.object({ score: z.number() })
const metric = task('metric', { input: Scored, output: Scored, run: (scored) => scored })
export const score = task('score', {
  input: Scored,
  output: z.object({ score: z.number().nullable() }),
  run: ({ score }) => ({ score: score < 0 ? null : score }),
})
// What types refuse may come by data.
const scoreOf = score as unknown as typeof metric
const scored = each(parameter('scores', z.array(z.number())), (one) => scoreOf({ score: one }), { id: 'scored' })
export default pipeline('chooses', { steps: [best(scored, { by: 'score', prefer: 'higher', id: 'chosen' })] })
`

export const PYTHON = `import { pipeline, python, z } from 'DSL'
const step = python('python-missing', { attempts: 1, script: 'step.py', input: z.object({}), output: z.object({}) })
export default pipeline('in-python', { steps: [step({})] })
`

/** Needs the result of \`first\` again once the file is there that it is told of. */
export const NEEDS = `import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { parameter, pipeline, task, z } from 'DSL'
const Done = z.object({ done: z.boolean() })
export const first = task('first', { input: z.object({}), output: Done, run: () => ({ done: true }) })
${WAIT}export const last = task('last', { input: z.object({ one: Done, other: Done }), output: Done, run: () => ({ done: true }) })
const steps = { one: first({}).output, other: wait({ until: parameter('until', z.string()) }).output }
export default pipeline('needs', { steps: [last(steps)] })
`

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { eventually } from '../../engine/eventually.ts'
import { normalised, withWorker, workplace, type Said, type Workplace } from './anneal.ts'

/** `hold` runs until the file that it is told of is there; `then` follows it. */
function pipelineOf(then: string): string {
  return `import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { parameter, pipeline, task, z } from 'DSL'
export const wait = task('wait', {
  input: z.object({ until: z.string() }),
  output: z.object({ value: z.number() }),
  run: async ({ until }) => {
    while (!existsSync(until)) await pause(10)
    return { value: 21 }
  },
})
export const times = task('times', {
  input: z.object({ value: z.number(), factor: z.number() }),
  output: z.object({ value: z.number() }),
  run: ({ value, factor }) => ({ value: value * factor }),
})
const hold = wait({ until: parameter('until', z.string()) }, { id: 'hold' })
${then}
`
}

const OLD = pipelineOf(`const last = times({ value: hold.output.value, factor: 2 }, { id: 'times' })
const more = times({ value: last.output.value, factor: 10 }, { id: 'more' })
export default pipeline('moved', { steps: [more] })`)

const NEXT = pipelineOf(`const by = parameter('factor', z.number(), 3)
const last = times({ value: hold.output.value, factor: by }, { id: 'times' })
const extra = times({ value: last.output.value, factor: 100 }, { id: 'extra' })
export default pipeline('moved', { steps: [extra] })`)

function shown({ code, stdout, stderr }: Said, place: Workplace): string {
  return normalised(`${stderr}${stdout}[exit ${code}]`, place)
}

it('moves a run to another plan, says what differs, and refuses what has started', async () => {
  const place = await withWorker(await workplace({ 'p.ts': OLD }))
  const run = 'run:moved:here'
  const go = join(place.project.root, 'go')
  const until = ['--param', `until=${go}`]
  expect(await place.anneal(['run', 'p.ts', ...until, '--cause', 'here', '--detach'])).toMatchObject({ code: 0 })
  await eventually('it holds', async () => (await place.anneal(['status', run])).stdout.includes('runs'))
  const move = (...more: readonly string[]): Promise<Said> => place.anneal(['plan', 'p.ts', '--apply-to', run, ...more])
  await place.write({ 'p.ts': NEXT })
  expect(shown(await move(...until, '--param', 'factor=5'), place)).toMatchInlineSnapshot(`
    "run:moved:here  plan <digest> → <digest>
      kept       hold
      changed    times: input.factor: 2 → parameter "factor" (default 3)
      new        extra
      removed    more
      parameter  factor: null → 5
    moved: the run goes on by plan <digest> once "hold" has ended
    [exit 0]"
  `)
  expect((await place.anneal(['status', run])).stdout).toMatch(/moved to plan [0-9a-f]{12}/)
  const again = await move('--json')
  expect(JSON.parse(again.stdout)).toMatchObject({
    run,
    state: 'unchanged',
    kept: ['hold'],
    changed: [],
    parameters: [],
  })
  expect((await place.anneal(['plan', 'p.ts', ...until])).stdout).toContain('the plan of the last run')
  expect(shown(await move('--param', 'until=elsewhere'), place)).toMatchInlineSnapshot(`
    "error move-refused: run "run:moved:here" cannot go on by this plan, and goes on as it was
      node "hold" has started: expected parameter "until" to be "<project>/go", got "elsewhere"
      remedy    start a new run: it reuses all that is done
    run:moved:here  plan <digest> → <digest>
      kept       hold
      unchanged  times, extra
      parameter  until: "<project>/go" → "elsewhere"
    [exit 2]"
  `)
  await writeFile(go, '')
  const ended = await place.anneal(['status', run, '--follow'])
  expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^extra: \{\s*"value": 10500\s*\}\n$/) })
  expect(await move()).toMatchObject({ code: 2, stderr: expect.stringContaining('error run-over:') })
  expect(await place.anneal(['plan', 'p.ts', '--as', 'ann'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('error usage: --as and --key are for a run that is moved'),
  })
}, 120_000)

import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { normalised, type Said, withWorker, workplace, type Workplace } from './anneal.ts'
import { changed, DOUBLE, THROWS, WAITS } from './pipelines.ts'

function shown({ code, stdout, stderr }: Said, place: Workplace): string {
  return normalised(`${stderr}${stdout}[exit ${code}]`, place)
}

function events({ stdout }: Said): readonly { readonly event: string; readonly run?: string }[] {
  // Each line has to be JSON by itself.
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; run?: string })
}

const RUN = /(run:[\w-]+:\S+)/

/** How long the run took, as its end is told. */
function secondsIn(text: string): number {
  const seconds = Number(/completed in (\S+) s/.exec(text)?.[1])
  expect(seconds).toBeGreaterThan(0)
  return seconds
}

function runIn(text: string): string {
  const run = RUN.exec(text)?.[1]
  if (run === undefined) throw new Error(`expected the id of a run in ${JSON.stringify(text)}`)
  return run
}

it('runs a pipeline, reuses what is done, and plans and lists it', async () => {
  const place = await withWorker(await workplace({ 'p.ts': DOUBLE }))
  expect(shown(await place.anneal(['plan', 'p.ts']), place)).toMatchInlineSnapshot(`
    "small  plan <digest>  1 node: 1 to run
    no run of this pipeline so far

    ●  double  task       runs
    [exit 0]"
  `)
  const first = await place.anneal(['run', 'p.ts'])
  expect(shown(first, place)).toMatchInlineSnapshot(`
    "started run:small:<cause>
      ✓ double  task  done    <digest>
    completed in <seconds> s: 1 ran, 0 reused
    double: {
      "value": 42
    }
    [exit 0]"
  `)
  expect(shown(await place.anneal(['run', 'p.ts']), place)).toMatchInlineSnapshot(`
    "started run:small:<cause>
      ↺ double  task  reused  <digest>
    completed in <seconds> s: 0 ran, 1 reused
    double: {
      "value": 42
    }
    [exit 0]"
  `)
  await place.write({ 'p.ts': changed(DOUBLE, 'value * 2', 'value * 3') })
  expect(shown(await place.anneal(['plan', 'p.ts']), place)).toMatchInlineSnapshot(`
    "small  plan <digest>  1 node: 1 to run
    against plan <digest>, last run <time> UTC

    ●  double  task       runs      code changed
    [exit 0]"
  `)
  expect(shown(await place.anneal(['status', runIn(first.stderr)]), place)).toMatchInlineSnapshot(`
    "run:small:<cause>
    completed after <seconds> s, started <time> UTC
      ✓ double  task  done    <digest>
      1 of 1 node done
    [exit 0]"
  `)
})

it('tells a run as JSON, an event a line, and its status as one', async () => {
  const place = await withWorker(await workplace({ 'p.ts': DOUBLE }))
  const told = events(await place.anneal(['run', 'p.ts', '--json', '--cause', 'json']))
  expect(told.at(0)).toEqual({ event: 'started', run: 'run:small:json' })
  expect(told.at(-1)).toMatchObject({
    event: 'ended',
    outcome: 'completed',
    ran: 1,
    reused: 0,
    results: [{ node: 'double', output: { value: 42 } }],
  })
  expect(told.slice(1, -1).every(({ event }) => event === 'node')).toBe(true)
  const { stdout } = await place.anneal(['status', 'run:small:json', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ run: 'run:small:json', status: 'completed', nodes: [{ state: 'done' }] })
})

it('fails with a task, after as many attempts as it declares, and names the place in its file', async () => {
  const place = await withWorker(await workplace({ 'p.ts': THROWS }))
  const said = await place.anneal(['run', 'p.ts', '--param', `log=${place.path('log')}`])
  expect(shown(said, place)).toMatchInlineSnapshot(`
    "started run:throws:<cause>
      ✗ risky  task  failed  threw TypeError: the value is too large
    error run-failed: run "run:throws:<cause>" failed
      node "risky" threw TypeError: the value is too large
        at Function.run (p.ts:10:11)
      code      task-threw: see \`anneal explain task-threw\`
      remedy    mend the cause and run it again: nodes that are done are reused
    [exit 1]"
  `)
  expect(await readFile(place.path('log'), 'utf8')).toBe('attempt\nattempt\n')
})

it('is left by Ctrl-C, goes on by itself, and can be followed to its end', async () => {
  const place = await withWorker(await workplace({ 'p.ts': WAITS }))
  const running = place.start(['run', 'p.ts', '--param', `until=${place.path('end')}`])
  await running.until(/started run:/)
  running.process.kill('SIGINT')
  const interrupted = performance.now()
  const left = await running.said
  // The server holds a question after the result for 20 seconds.
  expect(performance.now() - interrupted).toBeLessThan(10_000)
  expect(shown(left, place)).toMatchInlineSnapshot(`
    "started run:waits:<cause>

    the run goes on
      follow it  anneal status run:waits:<cause> --follow
      stop it    anneal cancel run:waits:<cause>
    [exit 130]"
  `)
  const following = place.start(['status', runIn(left.stderr), '--follow'])
  await following.until(/joined/)
  await writeFile(place.path('end'), '')
  const followed = await following.said
  expect(shown(followed, place)).toMatchInlineSnapshot(`
    "joined run:waits:<cause>
      ✓ wait  task  done    <digest>
    completed in <seconds> s: 1 ran, 0 reused
    wait: {}
    [exit 0]"
  `)
  const later = await place.anneal(['status', runIn(left.stderr), '--follow'])
  expect(secondsIn(later.stderr)).toBe(secondsIn(followed.stderr))
})

it('can be started without being followed, stopped, and is then over', async () => {
  const place = await withWorker(await workplace({ 'p.ts': WAITS }))
  const param = `until=${place.path('end')}`
  const { stderr } = await place.anneal(['run', 'p.ts', '--param', param, '--detach'])
  const run = runIn(stderr)
  const following = place.start(['status', run, '--follow'])
  await following.until(/joined/)
  const asked = performance.now()
  const cancelled = await place.anneal(['cancel', run])
  // It waits for the end of the run, not for its patience's.
  expect(performance.now() - asked).toBeLessThan(30_000)
  expect(shown(cancelled, place)).toMatchInlineSnapshot(`
    "cancelled run:waits:<cause>; what it has done is reused by the next run
    [exit 0]"
  `)
  expect(shown(await following.said, place)).toMatchInlineSnapshot(`
    "joined run:waits:<cause>
      ✗ wait  task  stopped
    error run-failed: run "run:waits:<cause>" was cancelled
      remedy    run it again to go on: nodes that are done are reused
    [exit 1]"
  `)
  expect(shown(await place.anneal(['cancel', run]), place)).toMatchInlineSnapshot(`
    "error run-over: run "run:waits:<cause>" is over already: cancelled
      expected  a run that goes on
      got       cancelled
      remedy    list the latest runs with \`anneal status\`
    [exit 2]"
  `)
})

it('refuses a step for a GPU that no worker has, and starts nothing', async () => {
  const text = changed(DOUBLE, "task('double', {", "task('double', {\n  resources: { gpus: 1 },")
  const place = await withWorker(await workplace({ 'p.ts': text }))
  expect(shown(await place.anneal(['run', 'p.ts']), place)).toMatchInlineSnapshot(`
    "error no-worker: no worker polls "<queue>-gpu"
      expected  a worker on each of "<queue>", "<queue>-gpu"
      got       none that was seen within the last 70 seconds
      remedy    leave \`gpus\` out, or start \`anneal worker\` with ANNEAL_GPU=true on a machine that has one
    [exit 3]"
  `)
  expect(await place.stored()).toEqual([])
})

it('runs a step for a GPU on a worker that is told of one', async () => {
  const text = changed(DOUBLE, "task('double', {", "task('double', {\n  resources: { gpus: 1 },")
  const place = await withWorker(await workplace({ 'p.ts': text }), { ANNEAL_GPU: 'true' })
  expect(await place.anneal(['run', 'p.ts'])).toMatchObject({ code: 0 })
})

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { flightsPipeline } from '../../batch/flights-pipeline.ts'
import { withWorker, workplace, type Workplace } from './anneal.ts'
import { CHOOSES, FAILING, FRAGILE, NEEDS, PYTHON } from './failing-steps.ts'
import { changed } from './pipelines.ts'

const TIMEOUT = { timeout: 240_000 }

it(
  'names the code of every step that failed, and says of each what was expected and what there was',
  TIMEOUT,
  async () => {
    const python = { 'unpinned/step.py': '', 'unpinned/requirements.txt': 'six\n' }
    const { anneal } = await withWorker(await workplace({ 'p.ts': FAILING, ...python }))
    const given = ['--param', 'rows=-1', '--param', 'settings={}']
    const { code, stdout, stderr } = await anneal(['run', 'p.ts', '--json', ...given])
    expect(code).toBe(1)
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    const failed = events.filter(({ state }) => state === 'failed')
    const ids = failed.map(({ id }) => String(id))
    expect(failed.map((node) => node['code'])).toEqual(ids)
    const { error } = JSON.parse(stderr) as { readonly error: { readonly codes: string[]; readonly details: string[] } }
    expect(error.codes.toSorted()).toEqual(ids.toSorted())
    expect(error.details.join('\n').replace(/got 2\d\d MiB/, 'got more')).toMatchInlineSnapshot(`
      "node "task-threw" threw RangeError: no such flight
        at Function.run (p.ts:10:11)
      node "task-input-invalid" input.rows: expected number to be >0, got -1
      node "task-output-invalid" output.rows: expected number, got string
      node "task-output-not-json" output.text: expected JSON, got a string that is not Unicode
      node "task-output-too-large" output: expected up to 33554432 bytes of JSON, got 34603061; return a file instead
      node "task-file-invalid": output.rows: expected a file of the step's own folder, got a path outside of it; write it to the current folder
      node "task-timed-out": expected to end within 1000 ms, got no end; raise its timeout
      node "task-out-of-memory": expected up to 200 MiB of memory, got more; raise its memory
      node "task-crashed": expected run to return, got an end of its process with exit code 3
      node "environment-failed": requirements.txt: expected every package as name==version, got "six"; make it by "uv pip compile"
      node "input-missing": expected a value at parameter "settings".rows, got none; refer to what is always there
      node "input-not-a-list": expected a list to go over, got number; let \`each\` refer to a list"
    `)
  },
)

it('says what keeps a step from being loaded, and a choice from being made', TIMEOUT, async () => {
  const files = { 'loads.ts': FRAGILE, 'chooses.ts': CHOOSES, 'python.ts': PYTHON, 'step.py': '' }
  const place = await withWorker(await workplace(files), { PATH: '' })
  const failing = async (...args: readonly string[]): Promise<string> => (await place.anneal(['run', ...args])).stderr
  expect(toldBy(await failing('loads.ts'))).toMatchInlineSnapshot(`
    "  node "task-not-loadable": loading its code threw Error: no queue here
        at loads.ts:2:54
      code      task-not-loadable: see \`anneal explain task-not-loadable\`
      remedy    mend the cause and run it again: nodes that are done are reused
    "
  `)
  expect(toldBy(await failing('python.ts'))).toMatchInlineSnapshot(`
    "  node "python-missing": python3 on the worker's PATH: expected Python 3.10 or later, got none; install it on every worker
      code      python-missing: see \`anneal explain python-missing\`
      remedy    mend the cause and run it again: nodes that are done are reused
    "
  `)
  expect(toldBy(await failing('chooses.ts', '--param', 'scores=[]'))).toMatchInlineSnapshot(`
    "  node "chosen": expected at least one candidate, got none; give it a list that is never empty
      code      candidates-missing: see \`anneal explain candidates-missing\`
      remedy    mend the cause and run it again: nodes that are done are reused
    "
  `)
  expect(toldBy(await failing('chooses.ts', '--param', 'scores=[1,-1]'))).toMatchInlineSnapshot(`
    "  node "chosen" candidate 1 metric "score": expected a finite number, got null; correct the step that answers it
      code      metric-not-finite: see \`anneal explain metric-not-finite\`
      remedy    mend the cause and run it again: nodes that are done are reused
    "
  `)
})

it('says what is wrong with a source and with an instant', TIMEOUT, async () => {
  const text = flightsPipeline({ source: "parquet(parameter('glob', z.string()))" })
  const place = await withWorker(await workplace({ 'flights.ts': changed(text, 'model,', 'model, parameter,') }))
  const failing = async (asOf: string, glob: string): Promise<string> =>
    (await place.anneal(['run', 'flights.ts', '--param', `asOf=${asOf}`, '--param', `glob=${glob}`])).stderr
  expect(toldBy(await failing('2001-01-04T00:00:00Z', 'none/*.parquet'))).toMatchInlineSnapshot(`
    "  node "source:flights": source "flights": expected files at "none/*.parquet", got none; put them there or correct the glob, which starts at the project folder
      code      source-empty: see \`anneal explain source-empty\`
      remedy    mend the cause and run it again: nodes that are done are reused
    "
  `)
  expect(toldBy(await failing('2001-01-04T00:00:00Z', '../*.parquet'))).toMatchInlineSnapshot(`
    "  node "source:flights": source "flights": expected a glob inside the project, got one with ".."; link or copy the files into the project
      code      source-outside: see \`anneal explain source-outside\`
      remedy    mend the cause and run it again: nodes that are done are reused
    "
  `)
  expect(toldBy(await failing('2001-01-04T00:00:00.123456789Z', 'flights.ts'))).toMatchInlineSnapshot(`
    "  node "ingest:flights" asOf: expected an instant like "2001-04-01T00:00:00Z", got "2001-01-04T00:00:00.123456789Z"; correct --param asOf
      code      as-of-invalid: see \`anneal explain as-of-invalid\`
      remedy    mend the cause and run it again: nodes that are done are reused
    "
  `)
})

it('says that a result is gone which a later step needs', TIMEOUT, async () => {
  const place = await workplace({ 'needs.ts': NEEDS })
  const worker = place.start(['worker'])
  await worker.until(/"ready":true/)
  const running = place.start(['run', 'needs.ts', '--cause', 'gone', '--param', `until=${place.path('end')}`])
  await running.until(/first .*done/)
  await rm(await resultOf(place, { run: 'run:needs:gone', node: 'first' }))
  // A worker keeps what it has read.
  worker.process.kill('SIGTERM')
  await worker.said
  await place.write({ end: '' })
  await withWorker(place)
  expect(toldBy((await running.said).stderr).replace(/[0-9a-f]{64}/, '<key>')).toMatchInlineSnapshot(`
    "  node "last": result of node "first": expected <key> in the store, got none; run the pipeline again
      code      result-missing: see \`anneal explain result-missing\`
      remedy    mend the cause and run it again: nodes that are done are reused
    "
  `)
})

/** The file of a node's result. */
async function resultOf(
  place: Workplace,
  { run, node }: { readonly run: string; readonly node: string },
): Promise<string> {
  const { stdout } = await place.anneal(['status', run, '--json'])
  const { nodes } = JSON.parse(stdout) as {
    readonly nodes: readonly { readonly id: string; readonly answer?: { readonly key: string } }[]
  }
  const key = nodes.find(({ id }) => id === node)?.answer?.key ?? 'none'
  const results = join(place.project.stateFolder, 'store/results', key.slice(0, 2))
  const file = (await readdir(results)).find((name) => name.startsWith(key))
  return join(results, file ?? 'none')
}

/** Of a failed run, what comes after its name. */
function toldBy(stderr: string): string {
  return /error run-failed: .*\n([\s\S]*)/.exec(stderr)?.[1] ?? stderr
}

import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { freePort } from '../../../cli/temporal-server.ts'
import { type Workplace, normalised, workplace } from './anneal.ts'
import { changed, DOUBLE } from './pipelines.ts'

interface Refused {
  readonly code: number | null
  /** All of stderr. */
  readonly message: string
}

/** Nothing on stdout, no stack, and nothing in the store: a run's order would be there before the run is started. */
async function refused(place: Workplace, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Refused> {
  const { code, stdout, stderr } = await place.anneal(args, env)
  expect(stdout).toBe('')
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(await place.stored()).toEqual([])
  return { code, message: normalised(stderr, place) }
}

async function refusedFile(text: string, files: Readonly<Record<string, string>> = {}): Promise<Refused> {
  return refused(await workplace({ 'p.ts': text, ...files }), ['run', 'p.ts'])
}

it('refuses a type error', async () => {
  expect(await refusedFile(changed(DOUBLE, 'value: 21', "value: 'x'"))).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error type-error: Type 'string' is not assignable to type 'Bind<number>'.
      p.ts:9:53 TS2322 Type 'string' is not assignable to type 'Bind<number>'.
        9 | export default pipeline('small', { steps: [double({ value: 'x' })] })
                                                                ^

      where     p.ts:9:53
      expected  a file that type-checks
      got       one error
      remedy    correct the types at the places above
    ",
    }
  `)
})

it('refuses what the compiler of pipelines refuses', async () => {
  expect(await refusedFile("import { pipeline } from 'DSL'\nexport default pipeline('small', { steps: [] })\n"))
    .toMatchInlineSnapshot(`
      {
        "code": 2,
        "message": "error check-failed: pipeline "small": expected at least one step, got none
        where     p.ts, pipeline "small"
        remedy    list the steps whose outputs you want
      ",
      }
    `)
})

it('refuses a file without a pipeline', async () => {
  expect(await refusedFile(changed(DOUBLE, 'export default pipeline', 'export const p = pipeline')))
    .toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error no-pipeline: p.ts: expected a pipeline as default export, got none
      where     p.ts
      expected  export default pipeline('name', { steps: [ … ] })
      got       none
      remedy    add the default export
    ",
    }
  `)
})

it('refuses a task that cannot travel', async () => {
  const text = changed(
    DOUBLE,
    '({ value }) => ({ value: value * 2 })',
    '({ value }) => ({ value: value * import.meta.url.length })',
  )
  expect(await refusedFile(text)).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error task-not-bundlable: task "double" cannot be bundled: expected code that does not depend on where it stands, got import.meta
      where     p.ts:6:41
      expected  code that does not depend on where it stands
      got       import.meta
      remedy    pass what stands beside the file as an input: file('path')
    ",
    }
  `)
})

it('refuses top-level code that throws', async () => {
  expect(await refusedFile(`${DOUBLE}throw new Error('not today')\n`)).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error load-failed: p.ts: expected it to load, got Error: not today
        10 | throw new Error('not today')
                   ^
      where     p.ts:10:7
      remedy    correct the line named; --stack shows the whole stack
    ",
    }
  `)
})

it('refuses a file that is not there', async () => {
  expect(await refused(await workplace({}), ['run', 'nowhere.ts'])).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error file-missing: nowhere.ts: expected a pipeline file, got nothing
      where     nowhere.ts
      expected  a TypeScript file
      got       nothing
      remedy    check the path: it counts from the folder you are in
    ",
    }
  `)
})

it('refuses a pipeline whose packed file is not there', async () => {
  const text = changed(
    changed(DOUBLE, '{ value: 21 }', "{ csv: file('none.csv') }"),
    'value: z.number() }),\n  output',
    'csv: localFile() }),\n  output',
  )
  const whole = changed(
    changed(text, '({ value }) => ({ value: value * 2 })', '() => ({ value: 2 })'),
    'pipeline, task',
    'file, localFile, pipeline, task',
  )
  expect(await refusedFile(whole)).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error packed-file-missing: file "none.csv": expected a file at none.csv, got nothing
      where     p.ts
      expected  the path of a file, relative to the pipeline file
      got       nothing
      remedy    correct the path or add the file
    ",
    }
  `)
})

it('refuses a run without a Temporal server', async () => {
  const place = await workplace({ 'p.ts': DOUBLE })
  expect(await refused(place, ['run', 'p.ts'], { TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` }))
    .toMatchInlineSnapshot(`
    {
      "code": 3,
      "message": "error temporal-unreachable: Temporal at "127.0.0.1:<port>" does not answer
      expected  a Temporal server
      got       no answer within 3 seconds
      remedy    start one with \`anneal dev\`, or set TEMPORAL_ADDRESS to one that runs
    ",
    }
  `)
})

it('refuses a namespace that is not there', async () => {
  const place = await workplace({ 'p.ts': DOUBLE })
  expect(await refused(place, ['run', 'p.ts'], { TEMPORAL_NAMESPACE: 'elsewhere' })).toMatchInlineSnapshot(`
    {
      "code": 3,
      "message": "error temporal-failed: Temporal answered with an error: Namespace elsewhere is not found.
      remedy    set TEMPORAL_NAMESPACE to one that is there, or create it: temporal operator namespace create NAME
    ",
    }
  `)
})

it('refuses a run that no worker would work on', async () => {
  expect(await refusedFile(DOUBLE)).toMatchInlineSnapshot(`
    {
      "code": 3,
      "message": "error no-worker: no worker polls "<queue>"
      expected  a worker on each of "<queue>"
      got       none that was seen within the last 70 seconds
      remedy    start one with \`anneal dev\` or \`anneal worker\`
    ",
    }
  `)
})

it('refuses settings that are wrong, with every fault', async () => {
  const place = await workplace({ 'p.ts': DOUBLE, 'anneal.config.json': '{ "queue": "a b", "leaseMillis": 1 }' })
  expect(await refused(place, ['run', 'p.ts'], { ANNEAL_QUEUE: '', ANNEAL_STROE: '/tmp' })).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error config-invalid: settings: expected all to be right, got 3 faults
      anneal.config.json: queue: expected letters, digits, \`.\`, \`_\`, \`-\`, at most 64, got 'a b'
        correct the value
      anneal.config.json: leaseMillis: expected >= 1000, got 1
        correct the value
      ANNEAL_STROE: expected one of ANNEAL_STATE_FOLDER, ANNEAL_STORE, ANNEAL_KEYS, ANNEAL_QUEUE, ANNEAL_DEPLOYMENT, ANNEAL_LEASE_MILLIS, ANNEAL_TRAFFIC_LEASE_MILLIS, ANNEAL_DEMO_KEYS, ANNEAL_GPU, ANNEAL_METRICS_PORT, ANNEAL_DEV_PORT, ANNEAL_DEV_UI_PORT, ANNEAL_DEV_HEADLESS, got a variable that means nothing
        correct its name or unset it
      remedy    correct what is listed
    ",
    }
  `)
})

it('refuses parameters that are unknown, misspelt as pairs, or missing', async () => {
  const text = changed(
    changed(DOUBLE, '{ value: 21 }', "{ value: parameter('value', z.number()) }"),
    'pipeline, task',
    'parameter, pipeline, task',
  )
  const place = await workplace({ 'p.ts': text })
  expect(await refused(place, ['run', 'p.ts', '--param', 'valu=1'])).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error usage: pipeline "small" has no parameter "valu"
      expected  "value"
      got       "valu"
      remedy    check the spelling
    ",
    }
  `)
  expect(await refused(place, ['run', 'p.ts', '--param', 'value'])).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error usage: --param "value" is not a pair
      expected  name=value
      got       "value"
      remedy    write it as --param name=value
    ",
    }
  `)
  expect(await refused(place, ['run', 'p.ts'])).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error usage: parameter "value" has no default
      expected  a value of {"type":"number"}
      got       none
      remedy    give it as --param value=value
    ",
    }
  `)
  expect(await refused(place, ['run', 'p.ts', '--param', 'value=many'])).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error usage: parameter "value" does not take that value
      expected  a value of {"type":"number"}
      got       "many"
      remedy    give it as --param value=value
    ",
    }
  `)
})

it('refuses commands and options that are unknown', async () => {
  const place = await workplace({})
  expect(await refused(place, ['rnu'])).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error usage: unknown command 'rnu'
      remedy    write run, or see \`anneal --help\`
    ",
    }
  `)
  expect(await refused(place, ['run', 'p.ts', '--jsno'])).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error usage: unknown option '--jsno'
      remedy    write --json, or see \`anneal run --help\`
    ",
    }
  `)
  expect(await refused(place, ['run'])).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error usage: missing required argument 'file'
      remedy    see \`anneal run --help\`
    ",
    }
  `)
})

it('refuses to stop or show a run that is not known', async () => {
  const place = await workplace({})
  const told = await refused(place, ['cancel', 'run:small:none'])
  expect(told).toMatchInlineSnapshot(`
    {
      "code": 2,
      "message": "error run-unknown: run "run:small:none" is not known in namespace "default"
      expected  the id of a run, such as "run:forecast:<cause>"
      got       "run:small:none"
      remedy    list the latest runs with \`anneal status\`
    ",
    }
  `)
  expect(await refused(place, ['status', 'run:small:none'])).toEqual(told)
})

it('refuses a worker without a server', async () => {
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` }
  expect(await refused(await workplace({}), ['worker'], env)).toMatchInlineSnapshot(`
    {
      "code": 3,
      "message": "error temporal-unreachable: Temporal at "127.0.0.1:<port>" does not answer
      expected  a Temporal server
      got       no answer within 3 seconds
      remedy    start one with \`anneal dev\`, or set TEMPORAL_ADDRESS to one that runs
    ",
    }
  `)
})

it('refuses to bring a server up on a port that is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const told = await refused(await workplace({}), ['dev', '--headless', '--port', port], { TEMPORAL_ADDRESS: '' })
  taken.close()
  expect(told).toMatchInlineSnapshot(`
    {
      "code": 3,
      "message": "error port-in-use: port <port>: expected it to be free, got another program listening on 127.0.0.1:<port>
      remedy    end that program, or choose other ports: ANNEAL_DEV_PORT and ANNEAL_DEV_UI_PORT, or \`dev\` in anneal.config.json
    ",
    }
  `)
})

it('says the same as one line of JSON where asked to', async () => {
  const place = await workplace({})
  const { code, message } = await refused(place, ['run', 'nowhere.ts', '--json'])
  expect([code, JSON.parse(message)]).toMatchInlineSnapshot(`
    [
      2,
      {
        "error": {
          "code": "file-missing",
          "exitCode": 2,
          "expected": "a TypeScript file",
          "got": "nothing",
          "message": "nowhere.ts: expected a pipeline file, got nothing",
          "remedy": "check the path: it counts from the folder you are in",
          "where": "nowhere.ts",
        },
      },
    ]
  `)
})

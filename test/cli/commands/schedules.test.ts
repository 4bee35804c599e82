import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { expect, inject, it, onTestFinished } from 'vitest'
import { eventually } from '../../engine/eventually.ts'
import { tickingPipeline } from '../../schedule/ticking.ts'
import { normalised, type Said, withWorker, workplace, type Workplace } from './anneal.ts'
import { changed, DOUBLE } from './pipelines.ts'

const WEEKLY = { at: "cron('0 3 * * 1')" }

interface Scheduled extends Workplace {
  readonly name: string
  readonly shown: (said: Said) => string
}

/** A pipeline of a name that no other test has. */
async function scheduled(): Promise<Scheduled> {
  const name = `tick-${randomUUID().slice(0, 8)}`
  const place = await withWorker(await workplace({ 'p.ts': tickingPipeline({ name, ...WEEKLY }) }))
  const connection = await Connection.connect({ address: inject('temporalAddress') })
  onTestFinished(async () => {
    const client = new Client({ connection })
    await client.schedule
      .getHandle(`schedule:${name}`)
      .delete()
      .catch(() => undefined)
    await client.workflow
      .getHandle(`triggers:${name}`)
      .terminate()
      .catch(() => undefined)
    await connection.close()
  })
  const shown = ({ code, stdout, stderr }: Said): string =>
    normalised(`${stderr}${stdout}[exit ${code}]`, place).replaceAll(name, '<name>')
  return { ...place, name, shown }
}

it('makes, lists, pauses, backfills, resumes and deletes a schedule', { timeout: 300_000 }, async () => {
  const { name, shown, anneal } = await scheduled()
  expect(shown(await anneal(['schedule', 'create', 'p.ts']))).toMatchInlineSnapshot(`
    "created <name>: 0 3 * * 1 Europe/Berlin, overlap skip, catch-up 1 minute
      next  <time> UTC, <time> UTC, <time> UTC
    [exit 0]"
  `)
  expect(shown(await anneal(['schedule', 'pause', name, '--reason', 'moving house']))).toMatchInlineSnapshot(`
    "paused <name>
    [exit 0]"
  `)
  expect(shown(await anneal(['schedule', 'create', 'p.ts']))).toMatchInlineSnapshot(`
    "updated <name>: 0 3 * * 1 Europe/Berlin, overlap skip, catch-up 1 minute
      paused
    [exit 0]"
  `)
  const range = ['--from', '2026-01-05T00:00:00+01:00', '--to', '2026-01-12T02:00:00Z']
  expect(shown(await anneal(['schedule', 'backfill', name, ...range]))).toMatchInlineSnapshot(`
    "2 to run, one after another: 2026-01-05T02:00:00Z to 2026-01-12T02:00:00Z
    [exit 0]"
  `)
  await eventually('the second run has ended', async () => {
    const { stdout } = await anneal(['status', `run:${name}:2026-01-12T02:00:00Z`, '--json'])
    return stdout !== '' && (JSON.parse(stdout) as { status: string }).status === 'completed'
  })
  const between = ['--from', '2026-01-06T00:00:00Z', '--to', '2026-01-07T00:00:00Z']
  expect(shown(await anneal(['schedule', 'backfill', name, ...between]))).toMatchInlineSnapshot(`
    "error nothing-to-backfill: schedule "<name>" cannot be made up for in that time
      expected  1 to 999 scheduled times
      got       0
      remedy    look at its times with \`anneal schedule list\`
    [exit 2]"
  `)
  const list = async (): Promise<Said> => {
    await eventually('the list has it', async () => (await anneal(['schedule', 'list'])).stdout.includes(name))
    return anneal(['schedule', 'list'])
  }
  expect(shown(await list())).toMatchInlineSnapshot(`
    "schedule       at                       overlap  catch-up  next                  last                  started  skipped  missed
    <name>  0 3 * * 1 Europe/Berlin  skip     1 minute  paused: moving house  <time> UTC        2        0       0
    [exit 0]"
  `)
  expect(shown(await anneal(['schedule', 'resume', name]))).toMatchInlineSnapshot(`
    "resumed <name>
    [exit 0]"
  `)
  const { stdout } = await anneal(['schedule', 'list', '--json'])
  expect(JSON.parse(stdout)).toMatchObject([
    {
      name,
      starts: 'run',
      schedule: { timeZone: 'Europe/Berlin', overlap: 'skip', catchUpMillis: 60_000 },
      paused: false,
      last: { at: '2026-01-12T02:00:00Z' },
      started: 2,
      skipped: 0,
      missed: 0,
    },
  ])
  expect(shown(await anneal(['schedule', 'delete', name]))).toMatchInlineSnapshot(`
    "deleted <name>
    [exit 0]"
  `)
  expect(shown(await anneal(['schedule', 'delete', name]))).toMatchInlineSnapshot(`
    "error schedule-unknown: schedule "<name>" is not known
      expected  the name of a schedule: the pipeline’s, or <pipeline>:retrain
      got       "<name>"
      remedy    list them with \`anneal schedule list\`
    [exit 2]"
  `)
})

it('refuses to make or backfill what cannot be run', { timeout: 300_000 }, async () => {
  const open = changed(tickingPipeline({ name: 'open', ...WEEKLY }), "'amount', z.number(), 1", "'amount', z.number()")
  const place = await workplace({ 'none.ts': DOUBLE, 'open.ts': open })
  const shown = ({ code, stdout, stderr }: Said): string => normalised(`${stderr}${stdout}[exit ${code}]`, place)
  expect(shown(await place.anneal(['schedule', 'create', 'none.ts']))).toMatchInlineSnapshot(`
    "error no-schedule: pipeline "small" declares no schedule
      expected  schedule: { … } or retrain: { schedule: { … } } in the pipeline
      got       neither
      remedy    add one, or take away what there is with \`anneal schedule delete small\`
    [exit 2]"
  `)
  expect(shown(await place.anneal(['schedule', 'create', 'open.ts']))).toMatchInlineSnapshot(`
    "error not-schedulable: pipeline "open" cannot be run by schedule: parameter "amount": expected a value or a default, got neither
      expected  a default for every parameter but asOf, which is the scheduled time
      got       one without
      remedy    give the parameter a default, or start the runs with \`anneal run\` or \`anneal trigger\`
    [exit 2]"
  `)
  expect(await place.stored()).toEqual([])
  const backfill = (from: string, to: string) =>
    place.anneal(['schedule', 'backfill', 'nothing', '--from', from, '--to', to])
  expect(shown(await backfill('2026-01-05', '2026-01-12T02:00:00Z'))).toMatchInlineSnapshot(`
    "error usage: option '--from <instant>' argument '2026-01-05' is invalid. expected an instant like 2001-04-01T00:00:00Z
      remedy    see \`anneal schedule --help\`
    [exit 2]"
  `)
  expect(shown(await backfill('2026-01-12T02:00:00Z', '2026-01-05T02:00:00Z'))).toMatchInlineSnapshot(`
    "error usage: a backfill is of scheduled times that are over
      expected  --from before --to, --to not after now
      got       2026-01-12T02:00:00.000Z to 2026-01-05T02:00:00.000Z
      remedy    give instants of the past, the older one first
    [exit 2]"
  `)
  expect(shown(await backfill('2026-01-05T02:00:00Z', '2026-01-12T02:00:00Z'))).toMatchInlineSnapshot(`
    "error schedule-unknown: schedule "nothing" is not known
      expected  the name of a schedule: the pipeline’s, or <pipeline>:retrain
      got       "nothing"
      remedy    list them with \`anneal schedule list\`
    [exit 2]"
  `)
})

it('starts a run by a trigger, once for each id, and says what is wrong with it', { timeout: 300_000 }, async () => {
  const { name, shown, anneal } = await scheduled()
  const trigger = (target: string, ...args: readonly string[]) => anneal(['trigger', target, ...args])
  const payload = ['--payload', '{"asOf":"2001-04-01T00:00:00Z","amount":21}']
  expect(shown(await trigger(name, 'replay'))).toMatchInlineSnapshot(`
    "error not-applied: pipeline "<name>" is not known
      expected  a pipeline file, or a pipeline that was run
      got       "<name>"
      remedy    give the file
    [exit 2]"
  `)
  expect(shown(await trigger('p.ts', 'replay', ...payload, '--id', '7'))).toMatchInlineSnapshot(`
    "started run:<name>:replay-7
      follow it  anneal status run:<name>:replay-7 --follow
    [exit 0]"
  `)
  const { code, stdout } = await anneal(['status', `run:${name}:replay-7`, '--follow'])
  expect([code, stdout]).toMatchInlineSnapshot(`
    [
      0,
      "tick: {
      "asOf": "2001-04-01T00:00:00Z",
      "doubled": 42
    }
    ",
    ]
  `)
  expect(JSON.parse((await trigger(name, 'replay', ...payload, '--id', '7', '--json')).stdout)).toEqual({
    state: 'known',
    run: `run:${name}:replay-7`,
  })
  expect(shown(await trigger(name, 'replay', '--payload', '{"amount":0}', '--id', '8'))).toMatchInlineSnapshot(`
    "error trigger-refused: trigger "replay" starts nothing: payload of "replay".amount: expected number to be >=1, got 0
      remedy    mend the payload, or the pipeline's triggers, and send it again with --id 8
    [exit 2]"
  `)
  expect(shown(await trigger(name, 'replay', '--payload', '[]'))).toMatchInlineSnapshot(`
    "error usage: --payload is no JSON object
      expected  a JSON object
      got       "[]"
      remedy    write it as --payload '{"asOf":"2001-04-01T00:00:00Z"}'
    [exit 2]"
  `)
  expect(shown(await trigger(name))).toMatchInlineSnapshot(`
    "listens to replay by signal "trigger" of triggers:<name>
    1 started, 1 known, 1 refused, 0 waiting
      <time> UTC  replay-7  started  run:<name>:replay-7
      <time> UTC  replay-7  known  run:<name>:replay-7
      <time> UTC  replay-8  refused  payload of "replay".amount: expected number to be >=1, got 0
    [exit 0]"
  `)
})

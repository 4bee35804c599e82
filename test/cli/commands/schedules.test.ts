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

it('makes, lists, pauses, backfills, resumes and deletes a schedule', { timeout: 180_000 }, async () => {
  const { name, shown, anneal } = await scheduled()
  expect(shown(await anneal(['schedule', 'create', 'p.ts']))).toMatchInlineSnapshot()
  expect(shown(await anneal(['schedule', 'pause', name, '--reason', 'moving house']))).toMatchInlineSnapshot()
  expect(shown(await anneal(['schedule', 'create', 'p.ts']))).toMatchInlineSnapshot()
  const range = ['--from', '2026-01-05T00:00:00+01:00', '--to', '2026-01-12T02:00:00Z']
  expect(shown(await anneal(['schedule', 'backfill', name, ...range]))).toMatchInlineSnapshot()
  await eventually('the second run has ended', async () => {
    const { stdout } = await anneal(['status', `run:${name}:2026-01-12T02:00:00Z`, '--json'])
    return stdout !== '' && (JSON.parse(stdout) as { status: string }).status === 'completed'
  })
  const list = async (): Promise<Said> => {
    await eventually('the list has it', async () => (await anneal(['schedule', 'list'])).stdout.includes(name))
    return anneal(['schedule', 'list'])
  }
  expect(shown(await list())).toMatchInlineSnapshot()
  expect(shown(await anneal(['schedule', 'resume', name]))).toMatchInlineSnapshot()
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
  expect(shown(await anneal(['schedule', 'delete', name]))).toMatchInlineSnapshot()
  expect(shown(await anneal(['schedule', 'delete', name]))).toMatchInlineSnapshot()
})

it('refuses to make or backfill what cannot be run', { timeout: 120_000 }, async () => {
  const place = await withWorker(
    await workplace({
      'none.ts': DOUBLE,
      'open.ts': changed(
        tickingPipeline({ name: 'open', ...WEEKLY }),
        "'amount', z.number(), 1",
        "'amount', z.number()",
      ),
    }),
  )
  const shown = ({ code, stdout, stderr }: Said): string => normalised(`${stderr}${stdout}[exit ${code}]`, place)
  expect(shown(await place.anneal(['schedule', 'create', 'none.ts']))).toMatchInlineSnapshot()
  expect(shown(await place.anneal(['schedule', 'create', 'open.ts']))).toMatchInlineSnapshot()
  expect(await place.stored()).toEqual([])
  const backfill = (from: string, to: string) =>
    place.anneal(['schedule', 'backfill', 'nothing', '--from', from, '--to', to])
  expect(shown(await backfill('2026-01-05', '2026-01-12T02:00:00Z'))).toMatchInlineSnapshot()
  expect(shown(await backfill('2026-01-12T02:00:00Z', '2026-01-05T02:00:00Z'))).toMatchInlineSnapshot()
  expect(shown(await backfill('2026-01-05T02:00:00Z', '2026-01-12T02:00:00Z'))).toMatchInlineSnapshot()
})

it('starts a run by a trigger, once for each id, and says what is wrong with it', { timeout: 120_000 }, async () => {
  const { name, shown, anneal } = await scheduled()
  const trigger = (target: string, ...args: readonly string[]) => anneal(['trigger', target, ...args])
  const payload = ['--payload', '{"asOf":"2001-04-01T00:00:00Z","amount":21}']
  expect(shown(await trigger(name, 'replay'))).toMatchInlineSnapshot()
  expect(shown(await trigger('p.ts', 'replay', ...payload, '--id', '7'))).toMatchInlineSnapshot()
  const { code, stdout } = await anneal(['status', `run:${name}:replay-7`, '--follow'])
  expect([code, stdout]).toMatchInlineSnapshot()
  expect(JSON.parse((await trigger(name, 'replay', ...payload, '--id', '7', '--json')).stdout)).toEqual({
    state: 'known',
    run: `run:${name}:replay-7`,
  })
  expect(shown(await trigger(name, 'replay', '--payload', '{"amount":0}', '--id', '8'))).toMatchInlineSnapshot()
  expect(shown(await trigger(name, 'replay', '--payload', '[]'))).toMatchInlineSnapshot()
  expect(shown(await trigger(name))).toMatchInlineSnapshot()
})

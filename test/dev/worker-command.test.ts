import { expect, it } from 'vitest'
import { isAlive, identityOf } from '../../store/process-identity.ts'
import { workplace } from '../cli/commands/anneal.ts'
import { DOUBLE } from '../cli/commands/pipelines.ts'
import { eventually } from '../engine/eventually.ts'

it.each([
  ['SIGTERM', 0],
  ['SIGINT', 0],
  ['SIGKILL', null],
] as const)('a worker whose command gets %s ends with it', async (signal, code) => {
  const place = await workplace({ 'p.ts': DOUBLE })
  const command = place.start(['worker'])
  await command.until(/"ready":true/)
  command.process.kill(signal)
  const said = await command.said
  expect(said.code).toBe(code)
  const pid = Number(/"pid":(\d+)/.exec(said.stdout)?.[1])
  expect(pid).toBeGreaterThan(0)
  const worker = identityOf(pid)
  await eventually('the worker is gone', () => worker === undefined || isAlive(worker) === false)
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monitors, type WindowRecord } from '../../store/monitors.ts'
import { layDay } from './traffic-days.ts'
import { SERVICE } from './watched-plan.ts'
import { aClock, openWatched, serve } from './watched-service.ts'
import { engineProgram } from '../../store/engine-program.ts'

const [NODE, ...CHILD] = engineProgram('test/monitor/evaluate-child.ts')
const ALERT = 'alert:drift of x by psi/2001-04-04T00:00:00.000Z'
let folder = ''
let undisturbed: WindowRecord

/** Days with the third of which an alert begins; two are evaluated. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anneal-killed-'))
  const service = await openWatched(join(folder, 'origin'))
  const clock = aClock()
  await serve(service, clock)
  for (const [day, x] of [undefined, [99], [99]].entries()) await layDay(service, day, clock, x ? { x } : {})
  for (const number of [1, 2]) await service.evaluate(number)
  await service.close()
  const whole = await copyOf('undisturbed')
  await whole.evaluate(3)
  undisturbed = await whole.window(3)
  await whole.close()
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

async function copyOf(name: string): ReturnType<typeof openWatched> {
  await cp(join(folder, 'origin'), join(folder, name), { recursive: true })
  return openWatched(join(folder, name))
}

async function killedAt(name: string, key: string): Promise<unknown> {
  await cp(join(folder, 'origin'), join(folder, name), { recursive: true })
  const args = [...CHILD, join(folder, name), '3', key]
  const child = spawn(NODE, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [, signal] = (await once(child, 'close')) as readonly unknown[]
  return signal
}

test.each([
  ['the sample is stored', '/artifacts/'],
  ['the alert is told', `/audit/service:${SERVICE}/`],
  ['the window is written', `/monitors/${SERVICE}/3`],
])(
  'killed before %s, a window and its alert are there once after the next attempt',
  { timeout: 120_000 },
  async (name, key) => {
    expect(await killedAt(name, key)).toBe('SIGKILL')
    const service = await openWatched(join(folder, name))
    try {
      expect(await service.evaluate(3)).toMatchObject({
        alerts: ['drift of x by psi'],
        retrainFor: [expect.stringContaining('x: psi')],
      })
      expect(await service.alerts()).toEqual([ALERT])
      expect(await monitors(service.engine.objects).head(SERVICE)).toBe(3)
      const { evaluatedAt: _, readTo: __, ...window } = await service.window(3)
      expect(undisturbed).toMatchObject(window)
    } finally {
      await service.close()
    }
  },
)

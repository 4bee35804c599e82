import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { audit } from '../../store/audit.ts'
import { monitors } from '../../store/monitors.ts'
import { openStore } from '../../store/open-store.ts'
import { registry } from '../../store/registry.ts'
import { services } from '../../store/services.ts'
import { trusted } from '../../store/signing/keys.ts'
import { verifyAudit } from '../../store/verify-audit.ts'
import { aStartPlace, type StartPlace } from './started.ts'

const NAME = 'flight-delay'
const ARGS = ['start', '--once', '--until', '2001-04-04']

/** Where the loop is killed, in this order; each time it is started again. */
const STAGES = [/✓ features/, /waits for approval|✓ register/, /serving after/, /^2001-04-02 /m] as const

let place: StartPlace

beforeAll(async () => {
  place = await aStartPlace()
})

afterAll(() => place.remove())

it('killed with -9 at stage after stage and started again, the loop ends as if nothing had been', async () => {
  for (const stage of STAGES) {
    const started = place.anneal(...ARGS)
    await started.until(stage)
    started.process.kill('SIGKILL')
    await started.ended
  }
  const last = place.anneal(...ARGS)
  const code = await last.ended
  expect({ code, said: last.said().slice(-4000) }).toMatchObject({ code: 0 })
  const { objects, artifacts } = openStore(join(place.stateFolder, 'store'))
  const keys = await trusted(join(place.stateFolder, 'keys'))
  expect(await registry(objects, artifacts).head(NAME)).toBe(1)
  const current = await services(objects).current(NAME, keys)
  expect(current).toMatchObject({ value: { state: { stable: { model: NAME, version: 1 }, candidate: null } } })
  const windows = await monitors(objects).newest(NAME, 100)
  // Event time goes on until all has ended, so a window more may have come.
  expect(windows.slice(0, 3).map(({ end }) => end.slice(0, 10))).toEqual(['2001-04-02', '2001-04-03', '2001-04-04'])
  expect(windows.map(({ number, from }) => [number, Date.parse(from)])).toEqual(
    windows.map((_, index) => [index + 1, Date.parse('2001-04-01') + index * 86_400_000]),
  )
  expect(windows.reduce((sum, { counts }) => sum + counts.answered, 0)).toBeGreaterThan(1000)
  expect((await verifyAudit(objects, { keys })).flatMap(({ faults }) => faults)).toEqual([])
  const decided = await audit(objects).entries(`service:${NAME}`, keys)
  expect(decided.filter(({ entry }) => entry.kind === 'decided')).toHaveLength(1)
}, 900_000)

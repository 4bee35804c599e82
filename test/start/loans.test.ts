import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { audit } from '../../store/audit.ts'
import { openStore } from '../../store/open-store.ts'
import { registry } from '../../store/registry.ts'
import { services } from '../../store/services.ts'
import { trusted } from '../../store/signing/keys.ts'
import { personKeyFile } from '../../store/signing/person-keys.ts'
import { verifyAudit } from '../../store/verify-audit.ts'
import { aStartPlace, type StartPlace } from './started.ts'

const NAME = 'loan-approval'
const ARGS = ['start', `pipelines/${NAME}.ts`, '--once']

let place: StartPlace

beforeAll(async () => {
  place = await aStartPlace()
})

afterAll(() => place.remove())

it('the regulated example is served once both roles have signed in order, and refused when a key is missing', async () => {
  const first = place.anneal(...ARGS)
  const code = await first.ended
  expect(code === 0 || first.said().slice(-4000)).toBe(true)
  const { objects, artifacts } = openStore(join(place.stateFolder, 'store'))
  const keys = await trusted(join(place.stateFolder, 'keys'))
  expect(await services(objects).current(NAME, keys)).toMatchObject({
    value: { state: { stable: { model: NAME, version: 1 }, candidate: null } },
  })
  const entries = (await audit(objects).entries(`service:${NAME}`, keys)).map(({ entry }) => entry)
  expect(entries.filter(({ kind }) => kind === 'decided').map(({ by }) => by)).toEqual(['bob', 'cleo'])
  expect((await verifyAudit(objects, { keys })).flatMap(({ faults }) => faults)).toEqual([])

  const exported = join(place.stateFolder, 'exported')
  expect(await place.anneal('audit', 'export', exported).ended).toBe(0)
  const again = place.anneal('audit', 'export', exported)
  expect({ code: await again.ended, said: again.said() }).toMatchObject({
    code: 2,
    said: expect.stringContaining('export-refused'),
  })
  expect(await place.anneal('audit', 'verify', '--from', exported).ended).toBe(0)
  const decided = join(exported, 'store/audit', `service:${NAME}`, '2')
  await chmod(decided, 0o644)
  await writeFile(decided, (await readFile(decided, 'utf8')).replace('a', 'b'))
  const altered = place.anneal('audit', 'verify', '--from', exported)
  expect({ code: await altered.ended, said: altered.said() }).toMatchObject({
    code: 4,
    said: expect.stringContaining(`✗ audit/service:${NAME}`),
  })

  await rm(personKeyFile(join(place.stateFolder, 'keys'), 'cleo'))
  const second = place.anneal(...ARGS)
  expect(await second.ended).toBe(4)
  expect(second.said()).toContain('private key of "cleo": expected one, got none')
  expect(await registry(objects, artifacts).head(NAME)).toBe(1)
}, 600_000)

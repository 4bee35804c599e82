import { rm } from 'node:fs/promises'
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
const ARGS = [`pipelines/${NAME}.ts`, '--once']

let place: StartPlace

beforeAll(async () => {
  place = await aStartPlace()
})

afterAll(() => place.remove())

it('the regulated example is served once both roles have signed in order, and refused when a key is missing', async () => {
  const first = place.start(ARGS)
  expect({ code: await first.ended, said: first.said() }).toMatchObject({ code: 0 })
  const { objects, artifacts } = openStore(join(place.stateFolder, 'store'))
  const keys = await trusted(join(place.stateFolder, 'keys'))
  expect(await services(objects).current(NAME, keys)).toMatchObject({
    value: { state: { stable: { model: NAME, version: 1 }, candidate: null } },
  })
  const entries = (await audit(objects).entries(`service:${NAME}`, keys)).map(({ entry }) => entry)
  expect(entries.filter(({ kind }) => kind === 'decided').map(({ by }) => by)).toEqual(['bob', 'cleo'])
  expect((await verifyAudit(objects, { keys })).flatMap(({ faults }) => faults)).toEqual([])

  await rm(personKeyFile(join(place.stateFolder, 'keys'), 'cleo'))
  const second = place.start(ARGS)
  expect(await second.ended).toBe(4)
  expect(second.said()).toContain('private key of "cleo": expected one, got none')
  expect(await registry(objects, artifacts).head(NAME)).toBe(1)
}, 600_000)

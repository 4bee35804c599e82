import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { acknowledgements, type Acknowledgement } from '../../store/acknowledgements.ts'
import { artifactKey } from '../../store/artifacts.ts'
import type { Served } from '../../store/generation.ts'
import { leases } from '../../store/leases.ts'
import { registry } from '../../store/registry.ts'
import { startGateway } from '../../serving/gateway.ts'
import { eventually } from '../engine/eventually.ts'
import { aSigner } from '../store/a-registration.ts'
import { aServiceRig, LOGARITHM, NEGATIVE, SERVICE, type ServiceRig } from './a-service.ts'
import { numbers, post } from './requests.ts'

const X = 2
const LN = Math.fround(Math.log(X))

async function acknowledged(rig: ServiceRig, is: (one: Acknowledgement) => boolean): Promise<Acknowledgement> {
  return eventually('an acknowledgement', async () =>
    (await acknowledgements(rig.store.objects).live(SERVICE, Date.now())).find(is),
  )
}

async function answered(address: string): Promise<unknown> {
  const { status, answer } = await post(address, numbers(X))
  return status === 200 ? answer.outputs[0]?.data[0] : answer.error
}

/** Writes over an object of the store, which nobody else does. */
async function tamper(rig: ServiceRig, key: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const path = join(rig.folder, 'store', key)
  await chmod(path, 0o644)
  await writeFile(path, change(await readFile(path)))
}

const flipped = (bytes: Buffer): Buffer => {
  const other = Buffer.from(bytes)
  other[other.length >> 1] = (other[other.length >> 1] ?? 0) ^ 1
  return other
}

async function versionOf(
  rig: ServiceRig,
  { model, version }: Served,
): Promise<{ onnx: string; signature: string; provenance: string }> {
  const found = await registry(rig.store.objects, rig.store.artifacts).find(model, version)
  const onnx = found?.files.find(({ name }) => name === 'model.onnx')?.digest ?? ''
  return { onnx, signature: found?.signature ?? '', provenance: found?.provenance ?? '' }
}

test.each<[string, RegExp, (rig: ServiceRig, next: Served) => Promise<Partial<Served>>]>([
  [
    'model',
    /\(model\.onnx\): expected [0-9a-f]{64}, got/,
    async (rig, next) => {
      await tamper(rig, artifactKey((await versionOf(rig, next)).onnx), flipped)
      return {}
    },
  ],
  [
    'signature bundle',
    /\(model signature\): expected/,
    async (rig, next) => {
      await tamper(rig, artifactKey((await versionOf(rig, next)).signature), flipped)
      return {}
    },
  ],
  [
    'provenance',
    /\(provenance\): expected/,
    async (rig, next) => {
      await tamper(rig, artifactKey((await versionOf(rig, next)).provenance), flipped)
      return {}
    },
  ],
  [
    'registry entry',
    /^registry\/logarithm\/1: expected/,
    async (rig) => {
      await tamper(rig, 'registry/logarithm/1', flipped)
      return {}
    },
  ],
  [
    'missing model',
    /\(model\.onnx\): expected sha256 [0-9a-f]{64}, got nothing/,
    async (rig, next) => {
      await rm(join(rig.folder, 'store', artifactKey((await versionOf(rig, next)).onnx)), { force: true })
      return {}
    },
  ],
  [
    'other entry of that number',
    /^registry\/logarithm\/1: expected 0{64}, got/,
    () => Promise.resolve({ entry: '0'.repeat(64) }),
  ],
  [
    'root digest of another model',
    /logarithm@1: expected 0{64}, got/,
    () => Promise.resolve({ rootDigest: '0'.repeat(64) }),
  ],
  ['missing plan', /artifacts\/00\/0{64}/, () => Promise.resolve({ plan: '0'.repeat(64) })],
])('a %s is refused with its reason, and the old model stays in service', async (_, reason, spoil) => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('negative', NEGATIVE) })
  const { address } = await rig.start()
  const next = await rig.register('logarithm', LOGARITHM)
  const change = await spoil(rig, next)
  await rig.publish({ stable: { ...next, ...change } })
  const { generation, refused } = await acknowledged(rig, (one) => one.refused !== null)
  expect({ generation, refused }).toEqual({
    generation: 1,
    refused: { generation: 2, reason: expect.stringMatching(reason) },
  })
  expect(refused?.reason).not.toContain(rig.folder)
  expect(await answered(address)).toBe(-X)
  expect(rig.facts).toContainEqual({ event: 'refused', service: SERVICE, ...refused })
  expect(await (await fetch(`${address}/metrics`)).text()).toContain(
    `anneal_gateway_refused_generation{service="${SERVICE}"} 2`,
  )
  await rig.publish({ stable: await rig.register('good', { ...LOGARITHM, comment: 'good' }) })
  await acknowledged(rig, (one) => one.generation === 3 && one.refused === null)
  expect(await answered(address)).toBe(LN)
})

test.each<[string, (rig: ServiceRig) => Promise<unknown>]>([
  ['altered', (rig) => tamper(rig, `services/${SERVICE}/2`, flipped)],
  [
    'older one in its place',
    async (rig) => {
      const old = await readFile(join(rig.folder, 'store', `services/${SERVICE}/1`))
      await tamper(rig, `services/${SERVICE}/2`, () => old)
    },
  ],
])('a generation %s is refused, by a gateway that runs and by one that starts', async (_, spoil) => {
  const rig = await aServiceRig()
  const [negative, logarithm] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  await rig.publish({ stable: negative })
  const { address } = await rig.start()
  await rig.publish({ stable: logarithm })
  await spoil(rig)
  const fresh = await rig.start()
  expect(await answered(fresh.address)).toBe(-X)
  expect(rig.facts).toContainEqual(expect.objectContaining({ event: 'refused', generation: 2 }))
  expect([-X, LN]).toContain(await answered(address))
})

test('a generation that another key signed is refused', async () => {
  const rig = await aServiceRig()
  const [negative, logarithm] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  await rig.publish({ stable: negative })
  const { address } = await rig.start()
  await rig.publish({ stable: logarithm }, aSigner())
  const { refused } = await acknowledged(rig, (one) => one.refused !== null)
  expect(refused?.reason).toMatch(/^services\/trips\/2: expected the signature of key/)
  expect(await answered(address)).toBe(-X)
})

test('a generation that does not follow the one held is refused', async () => {
  const rig = await aServiceRig()
  const [negative, logarithm] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  const first = await rig.publish({ stable: negative })
  const { address } = await rig.start()
  await rig.publish({ stable: logarithm }, rig.signer, { ...first, digest: '1'.repeat(64) })
  const { refused } = await acknowledged(rig, (one) => one.refused !== null)
  expect(refused?.reason).toMatch(/^generation 2: expected it to follow [0-9a-f]{64}, got 1{64}/)
  expect(await answered(address)).toBe(-X)
})

test('a lease that runs out gives all traffic back, and a later renewal does not undo it', async () => {
  const rig = await aServiceRig()
  const [stable, candidate] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  await rig.publish({ stable })
  const { address } = await rig.start()
  const until = new Date(Date.now() + 4000).toISOString()
  const { state } = await rig.publish({ stable, candidate: { ...candidate, share: 10_000 }, until })
  await acknowledged(rig, (one) => one.generation === 2)
  expect(await answered(address)).toBe(LN)
  const renewed = Date.now() + 6000
  const lease = { service: SERVICE, generation: state.generation }
  await leases(rig.store.objects).renew({ ...lease, until: new Date(renewed).toISOString() }, rig.signer)
  await eventually('the stable one answers', async () => (await answered(address)) === -X)
  expect(Date.now()).toBeGreaterThanOrEqual(renewed)
  await leases(rig.store.objects).renew({ ...lease, until: '2099-01-01T00:00:00.000Z' }, rig.signer)
  await eventually('the end of the lease is reported', () => rig.facts.some(({ event }) => event === 'lease-lapsed'))
  expect(await answered(address)).toBe(-X)
  expect(await (await fetch(`${address}/metrics`)).text()).toContain(
    `anneal_gateway_candidate_lease{service="${SERVICE}"} 0`,
  )
})

test('a store that cannot be read changes nothing, and when it can again the next generation is taken', async () => {
  const rig = await aServiceRig()
  const [negative, logarithm] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  await rig.publish({ stable: negative })
  const { address } = await rig.start()
  const store = join(rig.folder, 'store')
  await rename(store, `${store}~`)
  await writeFile(store, 'a file in its place')
  await eventually('the gateway sees it', () => rig.facts.some(({ event }) => event === 'store-down'))
  expect(await answered(address)).toBe(-X)
  await rm(store)
  await rename(`${store}~`, store)
  await rig.publish({ stable: logarithm })
  await acknowledged(rig, (one) => one.generation === 2)
  expect(await answered(address)).toBe(LN)
})

test('a gateway that starts while the newest generation is refused answers by the one before, and says so', async () => {
  const rig = await aServiceRig()
  const [negative, logarithm] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  await rig.publish({ stable: negative })
  await rig.publish({ stable: { ...logarithm, rootDigest: '0'.repeat(64) } })
  const { address } = await rig.start()
  expect(await answered(address)).toBe(-X)
  expect(await acknowledged(rig, () => true)).toMatchObject({ generation: 1, refused: { generation: 2 } })
})

test('before the first generation a service is not ready, and acknowledges that', async () => {
  const rig = await aServiceRig()
  const { address } = await rig.start({ only: [SERVICE] })
  const ready = async (): Promise<number> => (await fetch(`${address}/v2/health/ready`)).status
  expect([await ready(), (await post(address, numbers(X))).status]).toEqual([503, 503])
  expect(await acknowledged(rig, () => true)).toMatchObject({ generation: 0, refused: null })
  await rig.publish({ stable: await rig.register('negative', NEGATIVE) })
  await eventually('it is ready', async () => (await ready()) === 200)
  expect(await answered(address)).toBe(-X)
})

test('a gateway that stops takes itself off the list', async () => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('negative', NEGATIVE) })
  const gateway = await startGateway(rig.options())
  onTestFinished(gateway.close)
  await acknowledged(rig, () => true)
  await gateway.close()
  expect(await acknowledgements(rig.store.objects).live(SERVICE, Date.now())).toEqual([])
})

import { deepStrictEqual, ok } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { digestOf } from '../../dsl/digest.ts'
import { artifacts, sha256Of } from '../../store/artifacts.ts'
import { audit } from '../../store/audit.ts'
import { sealHeads } from '../../store/audit-heads.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { ownIdentity } from '../../store/process-identity.ts'
import { registry, type Registration } from '../../store/registry.ts'
import type { Owner } from '../../store/result-record.ts'
import { results } from '../../store/results.ts'
import { revisionChain } from '../../store/revision-chain.ts'
import { verifyAudit } from '../../store/verify-audit.ts'
import { waitOrClaim } from '../../store/wait-or-claim.ts'
import { aRegistration, keysOf } from './a-registration.ts'
import { keepKey, signerIn } from './kept-key.ts'
import { recordScenarios } from './record-scenarios.ts'
import { releaseScenarios } from './release-scenarios.ts'
import { sourceOf, type Scenario } from './scenario.ts'
import { trafficScenarios } from './traffic-scenarios.ts'

export const scenarioKey = digestOf('scenario')
export const meta = { pipeline: 'p', node: 'n', run: 'r', finishedAt: '2026-01-01T00:00:00.000Z' }
/** Too large to stand in the record: its publication puts an artifact too. */
const output = { rows: 'x'.repeat(20_000) }
const file = Buffer.alloc(600_000, 'file content ')

export function anOwner(): Owner {
  return { ...ownIdentity(), run: 'r', node: 'n' }
}

async function publish(store: ObjectStore): Promise<void> {
  const options = { leaseMillis: 0 }
  const answer = await waitOrClaim(results(store, artifacts(store)), { key: scenarioKey, owner: anOwner() }, options)
  if (answer.state === 'claimed') await answer.claim.publish(output, { meta })
}

export const scenarios = {
  'publication of a result': {
    arrange: async () => undefined,
    act: publish,
    judge: async (store, acted) => {
      const all = results(store, artifacts(store))
      const result = await all.find(scenarioKey)
      ok(result !== undefined || !acted)
      if (result !== undefined) deepStrictEqual(await all.output(result), output)
    },
  },
  'putting of artifacts': {
    arrange: async (_, root) => {
      mkdirSync(dirname(sourceOf(root)), { recursive: true })
      writeFileSync(sourceOf(root), file)
    },
    act: async (store, root) => {
      await artifacts(store).putBytes(Buffer.from('bytes'))
      await artifacts(store).putFile(sourceOf(root))
    },
    judge: async (store, acted) => {
      for (const digest of [sha256Of('bytes'), sha256Of(file)]) {
        const there = await artifacts(store).has(digest)
        ok(there || !acted)
        if (there) await artifacts(store).get(digest)
      }
    },
  },
  'appending of a revision': {
    arrange: async (store) => {
      await revisionChain(store, 'services/s/').append(0, Buffer.from('first'))
    },
    act: async (store) => {
      const chain = revisionChain(store, 'services/s/')
      if ((await chain.head()) === 1) await chain.append(1, Buffer.from('second'))
    },
    judge: async (store, acted) => {
      const chain = revisionChain(store, 'services/s/')
      const head = await chain.head()
      ok(head === 2 || (head === 1 && !acted))
      deepStrictEqual(await chain.read(head), Buffer.from(head === 1 ? 'first' : 'second'))
    },
  },
  'registration of a model': {
    arrange: async (store) => {
      await keepKey(store)
      const registration = await aRegistration(artifacts(store), { files: { 'model.onnx': 'weights' } })
      await store.putIfAbsent(REGISTRATION, Buffer.from(JSON.stringify(registration)), { durable: false })
    },
    act: async (store) => {
      const signer = await signerIn(store)
      // Put by `arrange`.
      const registration = JSON.parse(Buffer.from((await store.get(REGISTRATION)) ?? []).toString()) as Registration
      await registry(store, artifacts(store)).register(registration, signer)
    },
    judge: async (store, acted) => {
      const models = registry(store, artifacts(store))
      const head = await models.head('delay')
      ok(head === 1 || (head === 0 && !acted))
      if (head === 0) return
      const { versions } = await models.verify('delay', { keys: keysOf(await signerIn(store)) })
      deepStrictEqual(
        versions.map(({ faults }) => faults),
        [[]],
      )
    },
  },
  'recording in an audit chain': {
    arrange: async (store) => {
      await keepKey(store)
      await noteInAudit(store, 'first')
    },
    act: async (store) => {
      await noteInAudit(store, 'second')
      await sealHeads(store, { signer: await signerIn(store), by: 'test' })
    },
    judge: async (store, acted) => {
      const keys = keysOf(await signerIn(store))
      const entries = await audit(store).entries('service:delay', keys)
      const written = entries.map(({ entry }) => entry.key)
      deepStrictEqual(written, acted ? ['first', 'second'] : ['first', 'second'].slice(0, written.length))
      deepStrictEqual(
        (await verifyAudit(store, { keys })).flatMap(({ faults }) => faults),
        [],
      )
    },
  },
  ...releaseScenarios,
  ...recordScenarios,
  ...trafficScenarios,
} satisfies Record<string, Scenario>

async function noteInAudit(store: ObjectStore, key: string): Promise<void> {
  await audit(store).append('service:delay', { key, kind: 'noted', by: 'test', body: key }, await signerIn(store))
}

const REGISTRATION = 'test/registration.json'

export type ScenarioName = keyof typeof scenarios

import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { canonicalJson } from '../../dsl/digest.ts'
import type { LearningTask } from '../../dsl/metrics.ts'
import { startGateway, type Gateway, type GatewayOptions } from '../../serving/gateway.ts'
import { sha256Of } from '../../store/artifacts.ts'
import type { Served } from '../../store/generation.ts'
import { openStore, type OpenStore } from '../../store/open-store.ts'
import { registry } from '../../store/registry.ts'
import { services, type GenerationDraft, type SignedGeneration } from '../../store/services.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { createKey } from '../../store/signing/keys.ts'
import { onnxModel } from '../data/onnx-models.ts'
import { aTraining } from '../store/a-registration.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { featureFiles, tripsPlan } from './trips.ts'

export const SERVICE = 'trips'

/** A store with keys and a service of which nothing is published yet. */
export interface ServiceRig {
  readonly folder: string
  readonly store: OpenStore
  readonly signer: Signer
  /** Registers one of `make-onnx-models.py`'s models as the next version of `name`. */
  readonly register: (name: string, model: AModel) => Promise<Served>
  /** The next generation: all by `stable`, unless a draft says otherwise. */
  readonly publish: (
    draft: Partial<GenerationDraft>,
    by?: Signer,
    after?: SignedGeneration,
  ) => Promise<SignedGeneration>
  readonly options: (more?: Partial<GatewayOptions>) => GatewayOptions
  readonly start: (more?: Partial<GatewayOptions>) => Promise<Gateway>
  /** What gateways reported. */
  readonly facts: Readonly<Record<string, unknown>>[]
}

export interface AModel {
  readonly onnx: string
  readonly task: LearningTask
  readonly features: keyof typeof featureFiles
  /** Makes it another model of the same answers. */
  readonly comment?: string
}

/** Answers minus x. */
export const NEGATIVE: AModel = { onnx: 'regression', task: 'regression', features: 'one-number' }
/** Answers the logarithm of x, which below 0 is none. */
export const LOGARITHM: AModel = { onnx: 'logarithm', task: 'regression', features: 'one-number' }
export const MIXED: AModel = { onnx: 'mixed', task: 'binary', features: 'everything' }

/** `keep`: the folder stays after the test, for whoever removes it. */
export async function aServiceRig({ keep = false }: { readonly keep?: boolean } = {}): Promise<ServiceRig> {
  const folder = keep ? await mkdtemp(join(tmpdir(), 'anneal-serving-')) : await temporaryFolder()
  const store = openStore(join(folder, 'store'))
  const signer = await createKey(join(folder, 'keys'))
  const chain = services(store.objects)
  const facts: Readonly<Record<string, unknown>>[] = []
  let previous: SignedGeneration | null = null
  let salt = 0
  const options = (more: Partial<GatewayOptions> = {}): GatewayOptions => ({
    store: join(folder, 'store'),
    keys: join(folder, 'keys'),
    stateFolder: join(folder, 'state'),
    only: [],
    port: 0,
    host: '127.0.0.1',
    maxSkewMillis: 300_000,
    report: (fact) => facts.push(fact),
    ...more,
  })
  return {
    folder,
    store,
    signer,
    facts,
    options,
    register: (name, model) => registered({ store, signer, folder }, { name, model }),
    publish: async (draft, by = signer, after) => {
      const whole = { ...aDraft(`salt-${(salt += 1)}`), ...draft }
      const published = await chain.publish(whole, { previous: after ?? previous, signer: by })
      if (published === 'conflict') throw new Error('generation: expected no other writer')
      return (previous = published)
    },
    start: async (more) => {
      const gateway = await startGateway(options(more))
      onTestFinished(gateway.close)
      return gateway
    },
  }
}

function aDraft(salt: string): GenerationDraft {
  return {
    service: SERVICE,
    stable: null,
    candidate: null,
    until: null,
    salt,
    clock: { eventOrigin: '2026-01-01T00:00:00.000Z', wallOrigin: '2026-01-01T00:00:00.000Z', scale: 1 },
    key: salt,
    cause: 'direct',
    by: 'test',
    evidence: null,
  }
}

async function registered(
  { store, signer, folder }: Pick<ServiceRig, 'store' | 'signer' | 'folder'>,
  { name, model }: { readonly name: string; readonly model: AModel },
): Promise<Served> {
  const { artifacts, objects } = store
  const onnx = Buffer.concat([await readFile(await onnxModel(folder, model.onnx)), docString(model.comment ?? '')])
  const files = {
    'features.json': Buffer.from(canonicalJson(featureFiles[model.features])),
    'model.onnx': onnx,
    'training.json': Buffer.from(canonicalJson({ classes: null })),
  }
  const listed = Object.entries(files).map(async ([file, bytes]) => ({
    name: file,
    digest: await artifacts.putBytes(bytes),
    size: bytes.length,
  }))
  const plan = await artifacts.putBytes(Buffer.from(canonicalJson(tripsPlan)))
  const { version } = await registry(objects, artifacts).register(
    {
      model: name,
      task: model.task,
      service: SERVICE,
      files: await Promise.all(listed),
      evidence: await artifacts.putBytes(Buffer.from(canonicalJson({ of: name, at: Math.random() }))),
      metrics: {},
      plan,
      run: aTraining.run,
      pipeline: aTraining.pipeline,
      trainedRows: 1,
      asOf: null,
      registeredAt: '2026-01-01T00:00:00.000Z',
      training: { ...aTraining, plan },
    },
    signer,
  )
  const entry = sha256Of((await objects.get(`registry/${name}/${version.version}`)) ?? '')
  return { model: name, version: version.version, entry, rootDigest: version.rootDigest, plan, features: null }
}

/** Field 6 of a ModelProto, which may follow the others. */
function docString(text: string): Uint8Array {
  return text === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.of(0x32, text.length), Buffer.from(text)])
}

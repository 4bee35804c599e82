import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { digestOf } from '../../dsl/digest.ts'
import { sha256Of, type Artifacts } from '../../store/artifacts.ts'
import type { Registration } from '../../store/registry.ts'
import type { Signer, TrustedKeys } from '../../store/signing/dsse.ts'
import { signerOf } from '../../store/signing/keys.ts'
import type { TrainingRun } from '../../store/signing/provenance.ts'

export function aPrivateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
}

export function aSigner(): Signer {
  return signerOf(aPrivateKey())
}

export function keysOf(...signers: readonly Signer[]): TrustedKeys {
  return new Map(signers.map(({ keyId, publicKey }) => [keyId, publicKey]))
}

/** Text by name; the digests of these are the model's. */
export const MODEL_FILES: Readonly<Record<string, string>> = {
  'model.onnx': 'the weights',
  'signature.json': '{"inputs":[]}',
  'training.json': '{"classes":null}',
}

const EVALUATION = {
  model: 'delay',
  task: 'binary',
  rows: 2500,
  metrics: { auc: 0.7431, log_loss: 0.41 },
  intervals: { auc: { low: 0.73, high: 0.756 }, log_loss: { low: 0.4, high: 0.42 } },
  gates: [
    { name: 'overall', metric: 'auc', bound: { atLeast: 0.7 }, value: 0.7431, passed: true },
    { name: 'carrier=AA', metric: 'auc', bound: { atLeast: 0.65 }, value: 0.71, passed: true },
  ],
  passed: true,
}

export const aTraining: TrainingRun = {
  pipeline: 'flight-delay',
  plan: sha256Of('plan'),
  order: sha256Of('order'),
  parameters: { asOf: '2001-04-01T00:00:00Z' },
  seed: 7,
  run: 'run:flight-delay:20260101T000000-0a1b2c',
  engine: '0.1.0',
  dependencies: [
    { kind: 'source-part', name: 'data/2001-01.csv', source: 'flights', bytes: 4096, digest: sha256Of('part 1') },
    { kind: 'source-part', name: 'data/2001-02.csv', source: 'flights', bytes: 2048, digest: sha256Of('part 2') },
    {
      kind: 'dataset',
      name: 'flights',
      rows: 10_000,
      parts: 2,
      span: { first: '2001-01-01T00:00:00.000000Z', last: '2001-02-28T23:59:00.000000Z' },
      digest: sha256Of('dataset'),
    },
    { kind: 'feature-table', name: 'delay-features', rows: 9_800, digest: sha256Of('features') },
    { kind: 'code', name: 'trainer:tabular', digest: sha256Of('trainer') },
    { kind: 'environment', name: 'tabular/uv.lock', digest: sha256Of('lock') },
  ],
}

export interface RegistrationOptions {
  readonly model?: string
  readonly files?: Readonly<Record<string, string>>
  readonly evaluation?: object
}

/** What there is to register, its files and report put. */
export async function aRegistration(
  artifacts: Artifacts,
  { model = 'delay', files = MODEL_FILES, evaluation = EVALUATION }: RegistrationOptions = {},
): Promise<Registration> {
  const { pipeline, plan, run } = aTraining
  const listed = Object.entries(files).map(async ([name, text]) => ({
    name,
    digest: await artifacts.putBytes(Buffer.from(text)),
    size: Buffer.byteLength(text),
  }))
  return {
    model,
    task: 'binary',
    service: 'delay',
    files: await Promise.all(listed),
    evidence: await artifacts.putBytes(Buffer.from(JSON.stringify(evaluation))),
    metrics: EVALUATION.metrics,
    plan,
    run,
    pipeline,
    trainedRows: 7_300,
    asOf: '2001-04-01T00:00:00.000000Z',
    registeredAt: '2026-01-01T00:00:00.000Z',
    training: aTraining,
  }
}

/** Digests that name evaluations of different runs. */
export function anEvaluation(seed: unknown): object {
  return { ...EVALUATION, seed: digestOf(seed) }
}

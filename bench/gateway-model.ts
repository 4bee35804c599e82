import { cp, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironments } from '../activities/children/python-environment.ts'
import { ChildPool } from '../activities/children/pool.ts'
import { machineCache } from '../config/machine-cache.ts'
import type { Dataset } from '../data/dataset.ts'
import { quotePath, withDuckDb } from '../data/duckdb.ts'
import { compile } from '../dsl/compile.ts'
import { canonicalJson, digestOf } from '../dsl/digest.ts'
import type { FeaturesSpec, TrainSpec } from '../dsl/lifecycle/nodes.ts'
import type { Json, Plan } from '../dsl/plan.ts'
import { buildFeatureTable } from '../features/build-feature-table.ts'
import { materialize } from '../features/materialize.ts'
import flightDelay from '../pipelines/flight-delay.ts'
import { sha256Of } from '../store/artifacts.ts'
import type { Served } from '../store/generation.ts'
import type { OpenStore } from '../store/open-store.ts'
import { registry } from '../store/registry.ts'
import type { Signer } from '../store/signing/dsse.ts'

export const AS_OF = '2001-02-15T00:00:00Z'
const TRAINER = join(import.meta.dirname, '../trainers/tabular')
const TREES = 100

export interface FlightModel {
  readonly plan: Plan
  readonly spec: FeaturesSpec
  /** Its examples. */
  readonly table: string
  readonly onnx: string
  /** Registers it as the next version. */
  readonly register: () => Promise<Served>
}

/** A model of 100 trees over six weeks of flights, with its online features, made in `folder`, which is the current one. */
export async function flightModel(
  folder: string,
  { store, signer }: { readonly store: OpenStore; readonly signer: Signer },
): Promise<FlightModel> {
  const plan = compile(flightDelay, { code: { 'trainer:tabular': '0'.repeat(64) }, files: {} })
  const [spec, train] = specsOf(plan)
  const datasets = { flights: await flightsOf(join(folder, 'flights.parquet'), plan) }
  const built = await buildFeatureTable({ spec, asOf: AS_OF, datasets })
  if (built.state === 'refused') throw new Error(`features: expected a table, got ${built.count} rows without values`)
  const table = join(folder, built.table.file.$file)
  const made = join(folder, 'made')
  await trained(made, { train, table })
  const online = await materialize({ spec, asOf: AS_OF, datasets, table: { ...built.table, file: { $file: table } } })
  if (online.state === 'skewed')
    throw new Error(`online features: expected those of training, got ${online.skews.length} that differ`)
  const features = online.file === null ? null : await store.artifacts.putFile(join(folder, online.file.$file))
  const onnx = join(made, 'model.onnx')
  let registered = 0
  return {
    plan,
    spec,
    table,
    onnx,
    register: async () => {
      registered += 1
      return { ...(await register(store, { signer, plan, spec, made, number: registered })), features }
    },
  }
}

function specsOf({ nodes }: Plan): readonly [FeaturesSpec, TrainSpec] {
  const [features, train] = [nodes.find(({ kind }) => kind === 'features'), nodes.find(({ kind }) => kind === 'train')]
  if (features?.kind === 'features' && train?.kind === 'train') return [features.spec, train.spec]
  throw new Error('plan: expected features and a training')
}

async function flightsOf(path: string, { operation }: Plan): Promise<Dataset> {
  const source = join(dirname(fileURLToPath(import.meta.resolve('vega-datasets'))), '../data/flights-3m.parquet')
  await withDuckDb({ memoryMib: 1000, threads: 2 }, async (connection) => {
    await connection.run(`COPY (
      SELECT date, distance::BIGINT AS distance, origin, destination, delay::BIGINT AS delay,
        'abcdefabcdefabcd' AS "$part", row_number() OVER () - 1 AS "$row"
      FROM read_parquet(${quotePath(source)})
      WHERE date < TIMESTAMP '2001-02-15' AND regexp_matches(origin, '^[A-Z]{3}$') AND delay BETWEEN -120 AND 1440
    ) TO ${quotePath(path)} (FORMAT parquet, COMPRESSION zstd)`)
  })
  const [contract] = operation.contracts
  if (contract === undefined) throw new Error('plan: expected a contract')
  const { name, key, time, columns } = contract
  return {
    source: name,
    key,
    time,
    columns: columns.map(({ name: column, type, nullable, outcome }) => ({ name: column, type, nullable, outcome })),
    rows: 0,
    parts: [
      { file: { $file: path }, rows: 0, span: null, origin: { name: 'flights', digest: 'a'.repeat(64), bytes: 0 } },
    ],
  }
}

async function trained(
  workFolder: string,
  { train, table }: { readonly train: TrainSpec; readonly table: string },
): Promise<void> {
  const python = await pythonEnvironments(machineCache(process.env))(TRAINER)
  if (python === undefined) throw new Error('trainers/tabular: expected a uv.lock, got none')
  const [digest, folder] = [sha256Of(TRAINER), join(workFolder, 'program')]
  for (const from of [join(TRAINER, '../common'), TRAINER]) await cp(from, folder, { recursive: true })
  const unit = {
    language: 'python',
    digest,
    folder,
    script: 'train.py',
    python,
    inputSchema: {},
    outputSchema: {},
  } as const
  const children = new ChildPool({ folder: `${workFolder}-children`, maxIdle: 0 })
  await mkdir(workFolder, { recursive: true })
  try {
    const child = await children.acquire(unit)
    const { task, algorithm, params, seed, split, features, threads } = train
    const job = {
      task,
      algorithm,
      params: { ...params, rounds: TREES },
      seed,
      split,
      features,
      threads,
      asOf: AS_OF,
      table: { $file: table },
      checkpoint: null,
    }
    // A plan's spec is JSON.
    const input = JSON.parse(JSON.stringify(job)) as Json
    const key = digestOf(input)
    await child.run({ step: 'train', key, input, workFolder, memoryMib: 2048, timeoutMillis: 300_000, seed: 7 })
    child.release()
  } finally {
    await children.close()
  }
}

interface Registering {
  readonly signer: Signer
  readonly plan: Plan
  readonly spec: FeaturesSpec
  readonly made: string
  readonly number: number
}

async function register(
  { artifacts, objects }: OpenStore,
  { signer, plan, spec, made, number }: Registering,
): Promise<Served> {
  const planDigest = await artifacts.putBytes(Buffer.from(canonicalJson(plan)))
  const contents = {
    'features.json': Buffer.from(canonicalJson({ spec })),
    // Another model of the same answers: field 6 of a ModelProto is its description, and may come last.
    'model.onnx': Buffer.concat([await readFile(join(made, 'model.onnx')), Buffer.of(0x32, 1, 0x30 + number)]),
    'training.json': await readFile(join(made, 'training.json')),
  }
  const files = Object.entries(contents).map(async ([name, bytes]) => ({
    name,
    digest: await artifacts.putBytes(bytes),
    size: bytes.length,
  }))
  const run = { pipeline: plan.pipeline, plan: planDigest, run: 'run:bench:1' }
  const { version } = await registry(objects, artifacts).register(
    {
      ...run,
      model: 'flight-delay',
      task: 'binary',
      service: 'flight-delay',
      files: await Promise.all(files),
      evidence: await artifacts.putBytes(Buffer.from(String(number))),
      metrics: {},
      trainedRows: 1,
      asOf: null,
      registeredAt: new Date().toISOString(),
      training: { ...run, order: planDigest, parameters: {}, seed: 7, engine: '0.1.0', dependencies: [] },
    },
    signer,
  )
  const entry = sha256Of((await objects.get(`registry/flight-delay/${version.version}`)) ?? '')
  return {
    model: 'flight-delay',
    version: version.version,
    entry,
    rootDigest: version.rootDigest,
    plan: planDigest,
    features: null,
  }
}

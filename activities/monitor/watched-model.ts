import type { ReferenceInput } from '../../data/training-reference.ts'
import type { MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { Split } from '../../dsl/lifecycle/nodes.ts'
import type { Plan } from '../../dsl/plan.ts'
import { columnsOf } from '../../features/read-contract.ts'
import type { Served } from '../../store/generation.ts'
import { nameOf } from '../../store/model-version.ts'
import { StoreError } from '../../store/errors.ts'
import type { Reading } from '../canary/judge-quality.ts'
import { labelReader, type LabelOf } from '../canary/labelled-rows.ts'
import type { Engine } from '../engine.ts'
import { readJson } from '../order.ts'
import { referenceRecipe, type Recipe, type Trained } from '../recipes.ts'
import { trainedOn, type TrainedOn } from '../trained-on.ts'
import { unitMillisOf } from './judge-drift.ts'
import type { SampleColumns } from './step-sample.ts'

/** What a monitor has to know of the model in service. */
export interface WatchedModel {
  /** `flight-delay@3` */
  readonly name: string
  /** The contract whose rows are asked about. */
  readonly from: string
  readonly asOf: string | null
  readonly outcomesKnownAfterMillis: number
  readonly reading: Reading
  readonly columns: SampleColumns
  readonly labelOf: LabelOf
  /** Features of drift checks that the log has as they are, with what is to be made of their training; null: nothing. */
  readonly reference: Recipe<ReferenceInput> | null
}

/** Throws `store-corrupt` for a version that does not verify. */
export async function watchedModel(engine: Engine, served: Served, spec: MonitorSpec): Promise<WatchedModel> {
  const trained = await trainedOn(engine, { served, keys: await engine.trustedKeys() })
  if ('fault' in trained) {
    const { file, expected, got, remedy } = trained.fault
    throw new StoreError('store-corrupt', `store object "${file}": expected ${expected}, got ${got}; ${remedy}`)
  }
  const { version, spec: own } = trained.value
  const plan = await readJson<Plan>(engine.artifacts, version.plan)
  const { contracts } = plan.operation
  const training = version.files.find(({ name }) => name === 'training.json')?.digest ?? ''
  const { classes } = await readJson<Pick<Trained, 'classes'>>(engine.artifacts, training)
  const past = own.contracts.find(({ name }) => name === own.from)
  return {
    name: nameOf(served),
    from: own.from,
    asOf: version.asOf,
    outcomesKnownAfterMillis: past?.outcomesKnownAfterMillis ?? 0,
    reading: { task: version.task, classes },
    columns: {
      label: columnsOf(own.label.expression).filter((column) => !isOutcome(plan, { from: own.from, column })),
      features: Object.fromEntries(own.features.map(({ name, expression }) => [name, columnsOf(expression)])),
    },
    labelOf: labelReader(own, contracts),
    reference: referenceOf(trained.value, { plan, spec }),
  }
}

interface Column {
  readonly from: string
  readonly column: string
}

function isOutcome({ operation }: Plan, { from, column }: Column): boolean {
  const contract = operation.contracts.find(({ name }) => name === from)
  return contract?.columns.find(({ name }) => name === column)?.outcome ?? false
}

interface Watching {
  readonly plan: Plan
  readonly spec: MonitorSpec
}

function referenceOf(
  { version, spec: own, dependencies }: TrainedOn,
  { plan, spec }: Watching,
): Recipe<ReferenceInput> | null {
  const table = dependencies.find(({ kind }) => kind === 'feature-table')?.digest
  const watched = new Set(spec.drift.map(({ feature }) => feature))
  const features = own.features.filter(
    ({ name, expression }) => watched.has(name) && !isHidden(plan, { from: own.from, read: columnsOf(expression) }),
  )
  if (table === undefined || features.length === 0) return null
  return referenceRecipe({
    table: { file: { $file: table }, asOf: version.asOf },
    split: splitOf(plan, version.model),
    features: features.map(({ name, type }) => ({ name, type })),
    unitMillis: unitMillisOf(spec),
  })
}

/** The log has personal data masked or hashed: that is another distribution. */
function isHidden({ operation }: Plan, { from, read }: { readonly from: string; readonly read: readonly string[] }) {
  const contract = operation.contracts.find(({ name }) => name === from)
  return contract?.columns.some(({ name, pii }) => pii !== null && read.includes(name)) ?? false
}

function splitOf({ pipeline, nodes }: Plan, model: string): Split {
  const node = nodes.find((one) => one.kind === 'train' && one.spec.model === model)
  if (node?.kind === 'train') return node.spec.split
  throw new Error(`plan of "${pipeline}": expected a node that trains "${model}", got none`)
}

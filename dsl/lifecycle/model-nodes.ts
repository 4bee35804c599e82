import { scalarType } from '../columns.ts'
import { canonicalJson } from '../digest.ts'
import type { Limit } from '../limits.ts'
import { packedDigest } from '../lower.ts'
import { taskOf } from '../metrics.ts'
import type { AnyModel } from '../model.ts'
import type { ContractSpec, LifecycleNode } from '../plan.ts'
import { policyOf } from '../step-policy.ts'
import { type Duration, millisOf, type Percent, shareOf } from '../units.ts'
import { AS_OF, byName } from './data-nodes.ts'
import type { LifecycleScope } from './compile-lifecycle.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { EvaluateSpec, FeaturesSpec, MetricLimit, PastContract, Split } from './nodes.ts'
import { stageCpus, stagePolicy } from './stage-policy.ts'

/** The ids of one model's nodes. */
export interface ModelIds {
  readonly features: string
  readonly train: string
  readonly evaluate: string
}

/** Models that want the same examples share one node. With one model the ids are the bare kinds. */
export function idsOf(models: readonly AnyModel[]): ReadonlyMap<AnyModel, ModelIds> {
  const wanted = models.map((model) => [model, canonicalJson(featuresSpec(model))] as const)
  const owners = new Map(wanted.toReversed().map(([{ name }, examples]) => [examples, name]))
  const ids = wanted.map(([model, examples]) => {
    const owner = owners.get(examples) ?? model.name
    const features = owners.size > 1 ? `features:${owner}` : 'features'
    const { name } = model
    const own = models.length > 1
    return [
      model,
      { features, train: own ? `train:${name}` : 'train', evaluate: own ? `evaluate:${name}` : 'evaluate' },
    ] as const
  })
  return new Map(ids)
}

export function featuresNode(lifecycle: Lifecycle, model: AnyModel, { features }: ModelIds): LifecycleNode {
  const spec = featuresSpec(model)
  const needs = spec.contracts.map(({ name }) => `validate:${name}`)
  return { id: features, kind: 'features', needs, spec, policy: stagePolicy('features', lifecycle) }
}

export function trainNode(lifecycle: Lifecycle, model: AnyModel, ids: ModelIds, scope: LifecycleScope): LifecycleNode {
  const { name, trainer, params, seed, features, label } = model
  const { program, algorithm, gpus } = trainer
  return {
    id: ids.train,
    kind: 'train',
    needs: [ids.features],
    spec: {
      model: name,
      task: taskOf(label.type),
      program,
      code: packedDigest(scope.code, `trainer:${program}`, 'code'),
      algorithm,
      gpus,
      threads: stageCpus('train', lifecycle),
      params,
      seed,
      split: splitOf(model),
      features: features.features.map(({ name: feature, type }) => ({ name: feature, type })),
    },
    policy: stagePolicy('train', lifecycle, gpus),
  }
}

/** Found once the models are there, so that a model put in service meanwhile is the one compared with. */
export function incumbentNode(service: string, trained: readonly string[]): LifecycleNode {
  return { id: 'incumbent', kind: 'incumbent', needs: trained, spec: { service }, policy: policyOf({}) }
}

export function evaluateNode(lifecycle: Lifecycle, model: AnyModel, ids: ModelIds): LifecycleNode {
  const { overall, slices = {}, incumbent = {}, fairness } = lifecycle.gates
  const { from } = model.features
  return {
    id: ids.evaluate,
    kind: 'evaluate',
    needs: [ids.features, ids.train, 'incumbent', `validate:${from.name}`],
    spec: {
      model: model.name,
      task: taskOf(model.label.type),
      split: splitOf(model),
      overall: limitsOf(overall),
      slices: byColumn(slices),
      incumbent: limitsOf(incumbent),
      fairness: { threshold: fairness?.threshold ?? 0.5, columns: byColumn(fairness?.by ?? {}) },
      protectedColumns: byName(from.columns).flatMap((column) => (column.protected ? [column.name] : [])),
    },
    policy: stagePolicy('evaluate', lifecycle),
  }
}

function byColumn(
  limits: Readonly<Record<string, { readonly [metric: string]: Limit | undefined } | undefined>>,
): EvaluateSpec['slices'] {
  return Object.entries(limits)
    .flatMap(([column, of]) => (of === undefined ? [] : [{ column, limits: limitsOf(of) }]))
    .toSorted((left, right) => (left.column < right.column ? -1 : 1))
}

/** In the order of the metrics' names. */
export function limitsOf(limits: { readonly [metric: string]: Limit | undefined }): readonly MetricLimit[] {
  return Object.entries(limits)
    .flatMap(([metric, limit]) => (limit === undefined ? [] : [{ metric, limit }]))
    .toSorted((left, right) => (left.metric < right.metric ? -1 : 1))
}

function featuresSpec({ features, label, window }: AnyModel): FeaturesSpec {
  const { name, from, reads } = features
  return {
    set: name,
    from: from.name,
    contracts: reads.map(pastContract),
    features: features.features,
    label: { expression: label.ast, type: label.type },
    windowMillis: window === 'all rows' ? null : millis(window),
    asOf: from.time === null ? null : AS_OF,
  }
}

function pastContract({ name, key, time, outcomesKnownAfterMillis, columns }: ContractSpec): PastContract {
  return {
    name,
    key,
    time,
    outcomesKnownAfterMillis,
    columns: byName(columns).map(({ name: column, type, outcome, decimals }) => ({
      name: column,
      type: scalarType(type),
      outcome,
      decimals,
    })),
  }
}

function splitOf({ holdout }: AnyModel): Split {
  return isPercent(holdout)
    ? { by: 'key', holdoutShare: shareOf(holdout) ?? Number.NaN }
    : { by: 'time', holdoutMillis: millis(holdout) }
}

function isPercent(holdout: Duration | Percent): holdout is Percent {
  return holdout.endsWith('%')
}

/** NaN, which no plan can hold, where the text says no duration: `check` has refused it before. */
export function millis(duration: Duration): number {
  return millisOf(duration) ?? Number.NaN
}

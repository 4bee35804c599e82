import { lower } from '../lower.ts'
import type { Binding, ContractSpec, LifecycleNode } from '../plan.ts'
import { policyOf } from '../step-policy.ts'
import type { LifecycleScope } from './compile-lifecycle.ts'
import { type Lifecycle, contractsOf } from './lifecycle.ts'
import type { IngestSpec, ValidateSpec } from './nodes.ts'
import type { Source } from './source.ts'
import { stagePolicy } from './stage-policy.ts'

/** The run's event time: the one parameter that every lifecycle over timed rows has. */
export const AS_OF: Binding = { from: 'parameter', name: 'asOf', path: [] }

/** For each contract: find the parts, read them, judge them. */
export function dataNodes(lifecycle: Lifecycle, scope: LifecycleScope): readonly LifecycleNode[] {
  return contractsOf(lifecycle).flatMap((contract) => {
    const source = lifecycle.sources[contract.name]
    return source === undefined ? [] : chainOf(contract, source, lifecycle, scope)
  })
}

function chainOf(
  contract: ContractSpec,
  source: Source,
  lifecycle: Lifecycle,
  scope: LifecycleScope,
): readonly LifecycleNode[] {
  const { name } = contract
  const at = lower(source.at, scope)
  const ids = { source: `source:${name}`, ingest: `ingest:${name}`, validate: `validate:${name}` }
  return [
    {
      id: ids.source,
      kind: 'source',
      needs: at.from === 'output' ? [at.node] : [],
      spec: { source: name, at, format: source.format },
      policy: policyOf({}),
    },
    {
      id: ids.ingest,
      kind: 'ingest',
      needs: [ids.source],
      spec: ingestSpec(contract, source),
      policy: stagePolicy('ingest', lifecycle),
    },
    {
      id: ids.validate,
      kind: 'validate',
      needs: [ids.ingest],
      spec: validateSpec(contract, source),
      policy: stagePolicy('validate', lifecycle),
    },
  ]
}

function ingestSpec(contract: ContractSpec, { format }: Source): IngestSpec {
  const { name, key, time, columns, outcomesKnownAfterMillis } = contract
  return {
    source: name,
    format,
    columns: byName(columns).map(({ name: column, type, nullable, outcome }) => ({
      name: column,
      type,
      nullable,
      outcome,
    })),
    key,
    time,
    asOf: time === null ? null : AS_OF,
    outcomesKnownAfterMillis,
  }
}

function validateSpec({ name, key, schema, columns }: ContractSpec, { quarantineAtMost }: Source): ValidateSpec {
  const checked = byName(columns).map(({ name: column, pii, expect }) => ({ name: column, pii, expect }))
  return { source: name, schema, key, columns: checked, quarantineAtMost }
}

/** An author's order of columns changes nothing. */
export function byName<T extends { readonly name: string }>(named: readonly T[]): readonly T[] {
  return named.toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

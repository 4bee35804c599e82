import { canonicalJson } from '../dsl/digest.ts'
import type { FeatureSpec } from '../dsl/features.ts'
import { exactSummand } from './exact-scale.ts'
import type { Value } from './operations.ts'
import { familiesOf, pastNodes, summarised, type Family, type HistoryNode, type PastNode } from './past-nodes.ts'
import type { ReadContract } from './read-contract.ts'

/** What the file holds of each event: a total up to it, an extreme or the newest value of its own instant. */
export interface Field {
  readonly of: 'rows' | 'held' | 'sum' | 'squares' | 'min' | 'max' | 'latest'
  /** Equal for look-ups that can share it. */
  readonly key: string
}

/**
 * The look-ups of the features by the rows that they are about: online a family is contract, matched columns and known-at;
 * what the columns are matched with is evaluated by who asks.
 */
export function onlineFamilies(
  features: readonly FeatureSpec[],
  contracts: readonly ReadContract[],
): readonly Family[] {
  const nodes = pastNodes(features.map(({ expression }) => expression))
  const families = new Map<string, Family>()
  for (const family of familiesOf(nodes, contracts)) {
    const name = familyName(family)
    families.set(name, { ...family, nodes: [...(families.get(name)?.nodes ?? []), ...family.nodes] })
  }
  return [...families.values()]
}

export function familyName({ contract, match, knownAfterMicros }: Family): string {
  return canonicalJson([contract.name, match.map(({ column }) => column.name), String(knownAfterMicros)])
}

/** Every field of a family once. */
export function fieldsOf({ nodes, contract }: Family): readonly { readonly field: Field; readonly node: PastNode }[] {
  const fields = new Map<string, { readonly field: Field; readonly node: PastNode }>()
  for (const node of nodes) {
    for (const field of lookUpFields(node, contract)) {
      if (!fields.has(fieldName(field))) fields.set(fieldName(field), { field, node })
    }
  }
  return [...fields.values()]
}

export function fieldName({ of, key }: Field): string {
  return `${of} ${key}`
}

/** Whether it adds up from event to event. */
export function isTotal({ of }: Pick<Field, 'of'>): boolean {
  return of === 'rows' || of === 'held' || of === 'sum' || of === 'squares'
}

/** What one look-up needs. */
export function lookUpFields(node: PastNode, contract: ReadContract): readonly Field[] {
  return node.op === 'latest' ? [{ of: 'latest', key: node.column }] : historyFields(node, contract)
}

function historyFields({ aggregate }: HistoryNode, contract: ReadContract): readonly Field[] {
  const of = summarised(aggregate)
  if (aggregate.op === 'count' || of === undefined) return [{ of: 'rows', key: 'all' }]
  const text = canonicalJson(of)
  switch (aggregate.op) {
    case 'min':
    case 'max':
      return [{ of: aggregate.op, key: text }]
    case 'share':
      return [
        { of: 'rows', key: `condition ${text}` },
        { of: 'held', key: `condition ${text}` },
      ]
    case 'sum':
    case 'mean':
    case 'stddev': {
      const key = `10^-${exactSummand(of, contract).scale} ${text}`
      const sums = [{ of: 'rows', key } as const, { of: 'sum', key } as const]
      return aggregate.op === 'stddev' ? [...sums, { of: 'squares', key }] : sums
    }
  }
}

/** Text that is equal for equal entities of one family only: its columns have one type each, so that text tells values apart. */
export function onlineKey(entity: readonly Value[]): string {
  const [only] = entity
  if (entity.length === 1) return keyPart(only ?? null)
  let key = ''
  for (const value of entity) {
    const part = keyPart(value)
    key += `${part.length}:${part}`
  }
  return key
}

/** Both zeros are one number, as in SQL. */
function keyPart(value: Value): string {
  if (typeof value === 'string') return value
  return value === 0 ? '0' : String(value)
}

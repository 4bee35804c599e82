import { elementsOf } from '../activities/elements.ts'
import { incumbentAt, type IncumbentReader } from '../activities/find-incumbent.ts'
import {
  evaluateAt,
  featuresAt,
  ingestAt,
  ingestPartOf,
  materializeAt,
  registerAt,
  trainAt,
  validateAt,
} from '../activities/node-recipes.ts'
import type { NodeAt } from '../activities/node-scope.ts'
import { plain } from '../activities/plain.ts'
import type { Recipe } from '../activities/recipes.ts'
import { resolveBinding } from '../activities/resolve-binding.ts'
import { bestKey, eachKey, stepKey } from '../activities/result-key.ts'
import { sourceAt } from '../activities/source-listing.ts'
import type { Digest, Json, PlanNode } from '../dsl/plan.ts'

/** What the activities look at besides the store's results. */
export interface Surroundings extends IncumbentReader {
  /** Where the globs of sources start. */
  readonly projectFolder: string
}

/** What a run would look up for a node, now that all is known that it needs. */
export interface Expected {
  readonly key: Digest
  /** Its pieces: the elements of an `each`, the files of a source, each with a result of its own. */
  readonly items?: readonly Digest[]
  /** The result itself, where it is nothing but what is found at the moment. */
  readonly output?: Json
}

/** By the activities' own recipes. Undefined for a kind that has no result to look up. Throws ActivityError. */
export async function expectedOf(
  { plan, node, scope }: Omit<NodeAt<PlanNode>, 'pipeline'>,
  around: Surroundings,
): Promise<Expected | undefined> {
  switch (node.kind) {
    case 'task':
    case 'python':
      return { key: stepKey(node.spec, resolveBinding(node.spec.input, scope)) }
    case 'best':
      return { key: bestKey(node.spec, resolveBinding(node.spec.candidates, scope)) }
    case 'each': {
      const items = elementsOf(node, scope).keys()
      return { key: eachKey(items), items }
    }
    case 'source':
      return found(await sourceAt({ node, scope }, around))
    case 'ingest': {
      const { key, input } = ingestAt({ plan, node, scope })
      return { key, items: input.listing.parts.map((part) => ingestPartOf(input, part).key) }
    }
    case 'validate':
      return keyOf(validateAt({ plan, node, scope }))
    case 'features':
      return keyOf(featuresAt({ plan, node, scope }))
    case 'train':
      return keyOf(trainAt({ plan, node, scope }))
    case 'incumbent':
      return found(await incumbentAt({ node, scope }, around))
    case 'evaluate':
      return keyOf(evaluateAt({ plan, node, scope }))
    case 'materialize':
      return keyOf(materializeAt({ plan, node, scope }))
    case 'register':
      return keyOf(registerAt({ plan, node, scope }))
    case 'approve':
    case 'canary':
    case 'direct':
    case 'monitor':
      return undefined
  }
}

function keyOf({ key }: Recipe<object>): Expected {
  return { key }
}

function found({ key, input }: Recipe<object>): Expected {
  return { key, output: plain(input) }
}

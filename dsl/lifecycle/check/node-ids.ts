import type { LifecycleRule } from './lifecycle-rule.ts'

const TAKEN: ReadonlySet<string> = new Set([
  'features',
  'train',
  'incumbent',
  'evaluate',
  'best',
  'register',
  'materialize',
  'approve',
  'canary',
  'direct',
  'monitor',
])

/** Steps beside a lifecycle share one space of ids with its nodes. */
export const nodeIds: LifecycleRule = (_, __, graph) =>
  graph
    .filter(({ id }) => TAKEN.has(id))
    .map(({ id }) => ({
      rule: 'node-id',
      place: `step "${id}"`,
      message: `expected an id that the lifecycle has no node for, got "${id}"`,
      remedy: 'give the step another id',
    }))

import type { NodeKind, Plan } from '../../dsl/plan.ts'
import { CliError } from '../errors.ts'

/** The kinds that `workflows/run-node.ts` has a case for. */
const RUNNABLE: ReadonlySet<NodeKind> = new Set<NodeKind>([
  'task',
  'python',
  'each',
  'best',
  'source',
  'ingest',
  'validate',
  'features',
  'train',
  'incumbent',
  'evaluate',
  'register',
  'materialize',
  'canary',
  'direct',
  'approve',
])

/** Every node is of a kind that a worker of this version runs, or nothing is started. Throws `not-runnable`. */
export function requireRunnable({ pipeline, nodes }: Plan): void {
  const strange = nodes.filter(({ kind }) => !RUNNABLE.has(kind))
  if (strange.length === 0) return
  const kinds = [...new Set(strange.map(({ kind }) => kind))]
  throw new CliError('not-runnable', {
    message: `pipeline "${pipeline}" has nodes of kinds that this version of anneal does not run`,
    expected: `nodes of the kinds ${[...RUNNABLE].join(', ')}`,
    got: kinds.join(', '),
    remedy: 'leave monitor out of the pipeline',
  })
}

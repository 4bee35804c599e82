import type { Digest, Plan, PythonSpec } from '../dsl/plan.ts'
import type { Engine } from './engine.ts'
import type { NativeName } from './native-units.ts'

/** Has children, by default one, load the code of the node that comes next while this one works. */
export async function warmNative({ pool, nativeUnit }: Engine, name: NativeName, children = 1): Promise<void> {
  await nativeUnit(name).then(
    (unit) => pool.warm(unit, children),
    () => undefined,
  )
}

/**
 * Has the trainers of a `features` node's models load their libraries while the features are computed. What goes wrong
 * goes wrong again, and is told, when they train.
 */
export async function warmTrainers({ pool, codeUnit }: Engine, plan: Plan, features: string): Promise<void> {
  const here = plan.nodes.filter((node) => node.kind === 'train' && node.policy.queue !== 'gpu')
  const codes = here.flatMap((node) => (node.kind === 'train' && node.needs.includes(features) ? [node.spec.code] : []))
  const warmed = [...new Set(codes)].map(async (code) => pool.warm(await codeUnit(trainerStep(code))))
  await Promise.allSettled(warmed)
}

/** A trainer is packed like a script; its ends are the engine's own. */
export function trainerStep(code: Digest): PythonSpec {
  const input = { from: 'literal', value: null } as const
  return { language: 'python', code, script: 'train.py', input, inputSchema: {}, outputSchema: {} }
}

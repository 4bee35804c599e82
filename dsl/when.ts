import type { BooleanExpression, NumberExpression } from './expression.ts'
import { astOf, expressionNode, readsOf } from './expression-node.ts'

/** One number or another, by a condition. A condition that is null counts as false. */
export function when<R extends string, S extends string = never, U extends string = never>(
  condition: BooleanExpression<R>,
  branches: {
    /** The number where the condition holds. */
    readonly yes: number | NumberExpression<S>
    /** The number where it does not, or is null. */
    readonly no: number | NumberExpression<U>
  },
): NumberExpression<R | NoInfer<S | U>> {
  const { yes, no } = branches
  const args = [condition.ast, astOf(yes, 'number'), astOf(no, 'number')]
  return expressionNode({ op: 'when', args }, 'number', readsOf([condition, yes, no]))
}

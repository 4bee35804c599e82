import type { Ast } from './ast.ts'
import type { AnyContract } from './contract.ts'
import { columnViews, type LabelColumns } from './column-views.ts'
import type { Expression, Tensor } from './expression.ts'
import { phantom } from './phantom.ts'

declare const value: unique symbol

/** What the model learns. A boolean makes a binary task, a number a regression, a string a multiclass one. */
export interface Label<From extends string, T> {
  readonly from: From
  readonly ast: Ast
  readonly type: Tensor['type']
  readonly [value]: T
}

/** An expression over columns and outcomes of one contract. It has no null: say with `orElse` what a missing outcome means. */
export function label<C extends AnyContract, T extends number | boolean | string>(
  from: C,
  define: (column: LabelColumns<C>) => Expression<T, `${NoInfer<C>['name']}.${string}`> & Tensor,
): Label<C['name'], T> {
  const { ast, type } = define(columnViews(from))
  return phantom({ from: from.name, ast, type })
}

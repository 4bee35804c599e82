/** What an expression is on the wire: plain JSON over the columns of one row. */
export type Ast =
  | { readonly op: 'column'; readonly name: string }
  | Literal
  /** A function of its arguments. Null as soon as one argument is null, `coalesce`, `is_null`, `and`, `or` and `when` apart. */
  | { readonly op: Operator; readonly args: readonly Ast[] }
  /** A column of another contract's newest matching row; null where there is no such row. */
  | {
      readonly op: 'latest'
      readonly from: string
      readonly on: Asts
      readonly withinMillis: number
      readonly column: string
    }
  /** A summary of another contract's matching rows with known-at in [t - within, t). */
  | {
      readonly op: 'history'
      readonly from: string
      readonly by: Asts
      readonly withinMillis: number
      readonly aggregate: AggregateAst
    }

/** An int64 and a decimal are strings of digits, an instant is ISO 8601 in UTC: JSON has none of the three. */
export interface Literal {
  readonly op: 'literal'
  readonly type: ScalarType
  readonly value: string | number | boolean
}

/** `number` is a double; `instant` has microseconds. */
export type ScalarType = 'number' | 'boolean' | 'string' | 'int64' | 'decimal' | 'instant'

export type Asts = Readonly<Record<string, Ast>>

export type Operator =
  | 'plus'
  | 'minus'
  | 'times'
  | 'over'
  | 'abs'
  | 'floor'
  | 'least'
  | 'greatest'
  | 'ln'
  | 'exp'
  | 'sqrt'
  | 'bucket'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'eq'
  | 'between'
  | 'is_in'
  | 'and'
  | 'or'
  | 'not'
  | 'is_null'
  | 'coalesce'
  | 'when'
  | 'to_number'
  | 'hour'
  | 'weekday'
  | 'day_of_month'
  | 'month'
  | 'days_since'
  | 'hours_since'

/** Its columns are those of the summarised rows. */
export type AggregateAst =
  { readonly op: 'count' } | { readonly op: 'sum' | 'mean' | 'min' | 'max' | 'stddev' | 'share'; readonly of: Ast }

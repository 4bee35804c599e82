import type { Ast, ScalarType } from './ast.ts'
import type { ContractSpec } from './plan.ts'

declare const value: unique symbol
declare const reach: unique symbol

/**
 * A scalar over one contract's columns. `Reach` names the columns it needs, as `contract.column`, and other
 * contracts it reads, as `@contract`. Both types are for the compiler alone; no such fields exist at run time.
 */
export interface Expression<T, Reach extends string = string> {
  readonly ast: Ast
  readonly type: ScalarType
  /** Contracts that it reads besides its own row's. */
  readonly reads: readonly ContractSpec[]
  readonly [value]: T
  readonly [reach]: Reach
}

/** What a tensor can hold: no time, and no number whose digits a float would lose. */
export interface Tensor {
  readonly type: 'number' | 'boolean' | 'string'
}

export type ValueOf<E extends Expression<unknown>> = E[typeof value]
export type ReachOf<E extends Expression<unknown>> = E[typeof reach]

/** A number with all decimals kept, as text: `'12.50'`. */
export type Decimal = `${number}`
/** An instant to the microsecond, in UTC: `'2001-04-01T00:00:00.000001Z'`. */
export type Timestamp = `${string}T${string}Z`

/** A double. Arithmetic is IEEE 754; a result that is not finite is an error of the row. */
export interface NumberExpression<R extends string = string> extends Expression<number, R> {
  readonly type: 'number'
  plus<S extends string = never>(other: number | NumberExpression<S>): NumberExpression<R | NoInfer<S>>
  minus<S extends string = never>(other: number | NumberExpression<S>): NumberExpression<R | NoInfer<S>>
  times<S extends string = never>(other: number | NumberExpression<S>): NumberExpression<R | NoInfer<S>>
  /** Null where the divisor is zero. */
  over<S extends string = never>(divisor: number | NumberExpression<S>): NullableExpression<number, R | NoInfer<S>>
  abs(): NumberExpression<R>
  /** The greatest integer that is not above the number. */
  floor(): NumberExpression<R>
  /** The smaller of the two. */
  min<S extends string = never>(other: number | NumberExpression<S>): NumberExpression<R | NoInfer<S>>
  /** The greater of the two. */
  max<S extends string = never>(other: number | NumberExpression<S>): NumberExpression<R | NoInfer<S>>
  /** Natural logarithm; null where the number is not above zero. */
  ln(): NullableExpression<number, R>
  /** Null where the number is below zero. */
  sqrt(): NullableExpression<number, R>
  /** e to the number's power; null where no float32 holds it. */
  exp(): NullableExpression<number, R>
  /** How many of the edges, in ascending order, the number has reached: 0 below the first one. */
  bucket(edges: readonly [number, ...number[]]): NumberExpression<R>
  gt<S extends string = never>(other: number | NumberExpression<S>): BooleanExpression<R | NoInfer<S>>
  gte<S extends string = never>(other: number | NumberExpression<S>): BooleanExpression<R | NoInfer<S>>
  lt<S extends string = never>(other: number | NumberExpression<S>): BooleanExpression<R | NoInfer<S>>
  lte<S extends string = never>(other: number | NumberExpression<S>): BooleanExpression<R | NoInfer<S>>
  eq<S extends string = never>(other: number | NumberExpression<S>): BooleanExpression<R | NoInfer<S>>
  /** Both ends belong to the range. */
  between(low: number, high: number): BooleanExpression<R>
}

/** An `int64` or a `decimal` column: compared exactly, and a double only once asked for. */
export interface ExactExpression<T extends bigint | Decimal, R extends string = string> extends Expression<T, R> {
  readonly type: 'int64' | 'decimal'
  gt<S extends string = never>(other: T | ExactExpression<T, S>): BooleanExpression<R | NoInfer<S>>
  gte<S extends string = never>(other: T | ExactExpression<T, S>): BooleanExpression<R | NoInfer<S>>
  lt<S extends string = never>(other: T | ExactExpression<T, S>): BooleanExpression<R | NoInfer<S>>
  lte<S extends string = never>(other: T | ExactExpression<T, S>): BooleanExpression<R | NoInfer<S>>
  eq<S extends string = never>(other: T | ExactExpression<T, S>): BooleanExpression<R | NoInfer<S>>
  /** The nearest double. */
  toNumber(): NumberExpression<R>
}

/** A yes or no. What is null in a comparison has been said by `orElse` before it. */
export interface BooleanExpression<R extends string = string> extends Expression<boolean, R> {
  readonly type: 'boolean'
  and<S extends string>(other: BooleanExpression<S>): BooleanExpression<R | NoInfer<S>>
  or<S extends string>(other: BooleanExpression<S>): BooleanExpression<R | NoInfer<S>>
  not(): BooleanExpression<R>
  /** 1 or 0. */
  toNumber(): NumberExpression<R>
}

/** An instant of a `timestamp()` or a `z.date()` column. It becomes a feature only as a number. */
export interface TimeExpression<T extends Date | Timestamp, R extends string = string> extends Expression<T, R> {
  readonly type: 'instant'
  /** Hour of day in UTC, 0 to 23. */
  hour(): NumberExpression<R>
  /** ISO weekday in UTC, 1 is Monday. */
  weekday(): NumberExpression<R>
  /** Day of the month in UTC, 1 to 31. */
  dayOfMonth(): NumberExpression<R>
  /** Month in UTC, 1 to 12. */
  month(): NumberExpression<R>
  /** Days of 24 hours, with a fraction; negative where `earlier` is later. */
  daysSince<S extends string>(earlier: Expression<Date | Timestamp, S>): NumberExpression<R | NoInfer<S>>
  /** Hours, with a fraction; negative where `earlier` is later. */
  hoursSince<S extends string>(earlier: Expression<Date | Timestamp, S>): NumberExpression<R | NoInfer<S>>
}

/** A text of a `z.string()` or a `z.enum()` column. As a feature it is a category. */
export interface CategoryExpression<T extends string, R extends string = string> extends Expression<T, R> {
  readonly type: 'string'
  eq<S extends string = never>(other: T | CategoryExpression<T, S>): BooleanExpression<R | NoInfer<S>>
  isIn(categories: readonly [T, ...T[]]): BooleanExpression<R>
}

/** What may be null has no arithmetic until the author says what null means. */
export interface NullableExpression<T, R extends string = string> extends Expression<T | null, R> {
  orElse<S extends string = never>(fallback: T | Expression<T, S>): ExpressionOf<T, R | NoInfer<S>>
  isNull(): BooleanExpression<R>
}

/** The vocabulary of a value type. */
export type ExpressionOf<T, R extends string> = null extends T
  ? NullableExpression<NonNullable<T>, R>
  : [T] extends [number]
    ? NumberExpression<R>
    : [T] extends [boolean]
      ? BooleanExpression<R>
      : [T] extends [bigint]
        ? ExactExpression<bigint, R>
        : [T] extends [Date]
          ? TimeExpression<Date, R>
          : [T] extends [string]
            ? TextExpression<T, R>
            : never

/** `Decimal` and `Timestamp` are wide patterns; an enum of `'1' | '2'` fits the first one and is a category all the same. */
type TextExpression<T extends string, R extends string> = [string] extends [T]
  ? CategoryExpression<T, R>
  : [Decimal] extends [T]
    ? ExactExpression<Decimal, R>
    : [Timestamp] extends [T]
      ? TimeExpression<Timestamp, R>
      : CategoryExpression<T, R>

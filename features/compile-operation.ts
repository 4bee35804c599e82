import type { Operator } from '../dsl/ast.ts'
import { whereKnown, type Compiled, type Read } from './compiled.ts'
import { FeaturesError } from './errors.ts'
import { unscaled } from './exact-value.ts'
import { CALENDAR, COMPARED, NUMERIC, order, type Calendar, type Comparison } from './operations.ts'
import { commonDecimal, type ValueType } from './read-contract.ts'

/** The same semantics as `operationSql`. */
export function compileOperation(op: Operator, args: readonly Compiled[]): Compiled {
  const [first, second, third] = args
  switch (op) {
    case 'and':
      return boolean(threeValued(false, argument(first).read, argument(second).read))
    case 'or':
      return boolean(threeValued(true, argument(first).read, argument(second).read))
    case 'not':
      return boolean(whereKnown(argument(first).read, (value) => value === false))
    case 'is_null': {
      const { read } = argument(first)
      return boolean((asked) => read(asked) === null)
    }
    case 'coalesce': {
      const [value, fallback] = [argument(first), argument(second)]
      return {
        type: commonDecimal(value.type, fallback.type),
        read: (asked) => value.read(asked) ?? fallback.read(asked),
      }
    }
    case 'when': {
      const [condition, yes, no] = [argument(first).read, argument(second).read, argument(third)]
      return { type: no.type, read: (asked) => (condition(asked) === true ? yes(asked) : no.read(asked)) }
    }
    case 'to_number':
      return number(whereKnown(argument(first).read, Number))
    case 'is_in':
      return boolean(isIn(argument(first).read, args.slice(1)))
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'eq':
      return boolean(compared(op, argument(first), argument(second)))
    case 'hour':
    case 'weekday':
    case 'day_of_month':
    case 'month':
    case 'days_since':
    case 'hours_since':
      return number(calendar(op, argument(first).read, argument(second ?? first).read))
    default:
      return { type: { kind: op === 'between' ? 'boolean' : 'number' }, read: numeric(NUMERIC[op], args) }
  }
}

function boolean(read: Read): Compiled {
  return { type: { kind: 'boolean' }, read }
}

function number(read: Read): Compiled {
  return { type: { kind: 'number' }, read }
}

/** `decides` on either side decides; otherwise one null makes it null. */
function threeValued(decides: boolean, left: Read, right: Read): Read {
  return (asked) => {
    const a = left(asked)
    if (a === decides) return decides
    const b = right(asked)
    if (b === decides) return decides
    return a === null || b === null ? null : !decides
  }
}

function isIn(read: Read, set: readonly Compiled[]): Read {
  return (asked) => {
    const value = read(asked)
    return value === null ? null : set.some((member) => member.read(asked) === value)
  }
}

function compared(op: Comparison, left: Compiled, right: Compiled): Read {
  const type = commonDecimal(left.type, right.type)
  const [a, b] = [comparable(left.read, type), comparable(right.read, type)]
  const holds = COMPARED[op]
  return (asked) => {
    const [x, y] = [a(asked), b(asked)]
    return x === null || y === null ? null : holds(order(x, y))
  }
}

/** Decimals are compared as integers of one scale. */
function comparable(read: Read, type: ValueType): Read {
  return type.kind === 'decimal' ? whereKnown(read, (value) => unscaled(String(value), type.scale)) : read
}

function calendar(op: Calendar, left: Read, right: Read): Read {
  const of = CALENDAR[op]
  return (asked) => {
    const [at, earlier] = [left(asked), right(asked)]
    return typeof at === 'bigint' && typeof earlier === 'bigint' ? of(at, earlier) : null
  }
}

function numeric(of: (typeof NUMERIC)[keyof typeof NUMERIC], args: readonly Compiled[]): Read {
  const reads = args.map(({ read }) => read)
  return (asked) => {
    const values: number[] = []
    for (const read of reads) {
      const value = read(asked)
      if (typeof value !== 'number') return null
      values.push(value)
    }
    const [a = 0, b = 0, c = 0] = values
    return of(a, b, c, values)
  }
}

function argument(compiled: Compiled | undefined): Compiled {
  if (compiled !== undefined) return compiled
  throw new FeaturesError('expression', 'operator: expected all its arguments, got fewer')
}

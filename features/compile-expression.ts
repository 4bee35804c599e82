import type { Ast, Asts } from '../dsl/ast.ts'
import { compileOperation } from './compile-operation.ts'
import { whereKnown, type Compiled, type Read } from './compiled.ts'
import type { Past } from './evaluate.ts'
import { microsOf } from './instant.ts'
import type { Value } from './operations.ts'
import {
  columnNamed,
  contractNamed,
  literalType,
  valueTypeOf,
  type ReadColumn,
  type ReadContract,
} from './read-contract.ts'

export interface CompileScope {
  readonly columns: readonly ReadColumn[]
  readonly contracts: readonly ReadContract[]
}

export function compileExpression(ast: Ast, scope: CompileScope): Compiled {
  switch (ast.op) {
    case 'column': {
      const { name } = ast
      return { type: valueTypeOf(columnNamed(scope.columns, name).type), read: ({ row }) => row[name] ?? null }
    }
    case 'literal': {
      const value = literalValue(ast)
      return { type: literalType(ast), read: () => value }
    }
    case 'history': {
      const entity = entityOf(ast.by, scope)
      return { type: { kind: 'number' }, read: lookUp(entity, (past, key, at) => past.history(ast, key, at), ast) }
    }
    case 'latest': {
      const { columns } = contractNamed(scope.contracts, ast.from)
      const type = valueTypeOf(columnNamed(columns, ast.column).type)
      return { type, read: lookUp(entityOf(ast.on, scope), (past, key, at) => past.latest(ast, key, at), null) }
    }
    default:
      return compileOperation(
        ast.op,
        ast.args.map((arg) => compileExpression(arg, scope)),
      )
  }
}

function literalValue({ type, value }: Extract<Ast, { op: 'literal' }>): Value {
  if (type === 'int64') return BigInt(value)
  return type === 'instant' ? microsOf(String(value)) : value
}

function entityOf(match: Asts, scope: CompileScope): readonly Read[] {
  return Object.entries(match)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, ast]) => entityPart(compileExpression(ast, scope)))
}

/** 12.5 and 12.50 are one decimal. */
export function entityPart({ type, read }: Compiled): Read {
  return type.kind === 'decimal' ? whereKnown(read, (value) => shortestDecimal(String(value))) : read
}

export function shortestDecimal(text: string): string {
  const shortest = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return shortest === '-0' ? '0' : shortest
}

/** An entity that is partly null matches no row, as in SQL: a count of nothing is 0, the rest null. */
function lookUp(
  entity: readonly Read[],
  ask: (past: Past, key: readonly Value[], at: bigint) => Value,
  history: Extract<Ast, { op: 'history' }> | null,
): Read {
  const nothing = history?.aggregate.op === 'count' ? 0 : null
  return (asked) => {
    const key = entity.map((read) => read(asked))
    return asked.at === null || key.includes(null) ? nothing : ask(asked.past, key, asked.at)
  }
}

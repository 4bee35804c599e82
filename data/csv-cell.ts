import type { ColumnType } from '../dsl/columns.ts'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import { quoteText } from './duckdb.ts'
import { storedType } from './stored-type.ts'

/** How the text of a cell becomes a value. */
export interface CellReading {
  /** SQL: the value, null where the text is none. */
  readonly value: string
  /** SQL, true or false: there is text, and it is no value of this type. */
  readonly unparsable: string
  readonly expected: string
}

/**
 * A form beside each cast, since DuckDB's casts alone take `1_000` for a number, `1e309` for infinity, `12.345` for a
 * DECIMAL(4, 2), and an instant without a zone for one in the session's zone.
 */
export function cellReading({ type }: StoredColumn, text: string): CellReading {
  if (type.kind === 'string' || type.kind === 'enum') return { value: text, unparsable: 'false', expected: 'text' }
  const { form, expected } = cellForm(type)
  const value = castOf(type, text)
  const inRange = type.kind === 'number' || type.kind === 'instant' ? `isfinite(${value})` : `${value} IS NOT NULL`
  const parses = `coalesce(regexp_full_match(${text}, ${quoteText(form)}) AND ${inRange}, false)`
  return { value, unparsable: `(${text} IS NOT NULL AND NOT ${parses})`, expected }
}

/** With an offset, an instant says where it is, and a date is that of UTC, the session's zone: the cast goes by way of it. */
function castOf(type: ColumnType, text: string): string {
  if (type.kind === 'instant') return `TRY_CAST(${text} AS TIMESTAMPTZ)::TIMESTAMP`
  return `TRY_CAST(${text} AS ${storedType(type)})`
}

function cellForm(type: ColumnType): { readonly form: string; readonly expected: string } {
  switch (type.kind) {
    case 'string':
    case 'enum':
      return { form: '(?s).*', expected: 'text' }
    case 'boolean':
      return { form: 'true|false', expected: 'true or false' }
    case 'number':
      return { form: '-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d+)?', expected: 'a finite number as JSON writes it' }
    case 'integer':
    case 'int64':
      return { form: '-?(0|[1-9]\\d{0,18})', expected: 'an integer of 64 bits' }
    case 'decimal':
      return { form: type.pattern, expected: `a decimal (${type.precision}, ${type.scale}) such as ${example(type)}` }
    case 'instant': {
      const digits = type.unit === 'milliseconds' ? 3 : 6
      const instant = `2001-04-01T00:00:00.${'0'.repeat(digits)}Z`
      return { form: instantForm(digits), expected: `an instant such as ${instant}, or a date for its midnight, UTC` }
    }
  }
}

function instantForm(digits: number): string {
  const date = '(\\d{3}[1-9]|\\d{2}[1-9]\\d|\\d[1-9]\\d{2}|[1-9]\\d{3})-\\d{2}-\\d{2}'
  const clock = `([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,${digits}})?`
  return `${date}(T${clock}(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d))?`
}

function example({ scale }: { readonly scale: number }): string {
  return scale === 0 ? '0' : `0.${'0'.repeat(scale)}`
}

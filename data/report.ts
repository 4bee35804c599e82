import type { ColumnType } from '../dsl/columns.ts'
import type { RowFailure } from './dataset.ts'
import type { Measurement } from './measure.ts'
import type { Plain } from './plain-rows.ts'
import type { Check, ValidateInput, Validation } from './validation.ts'

/** `report.json`: what a validation found. The same data and contract give the same bytes. */
export interface Report {
  readonly source: string
  readonly passed: boolean
  readonly rows: number
  readonly quarantined: number
  readonly unparsable: readonly { readonly part: string; readonly rows: number }[]
  readonly columns: readonly ReportedColumn[]
  readonly checks: readonly Check[]
  readonly failures: readonly RowFailure[]
}

/** Measures are of the rows that keep the contract; of personal data neither ends nor mean. */
export interface ReportedColumn {
  readonly name: string
  readonly type: string
  readonly unit: string | null
  readonly description: string | null
  readonly missing: number
  readonly distinct: number
  readonly min: Plain
  readonly mean: number | null
  readonly max: Plain
}

export function reportOf(
  { dataset, spec, columns, unparsable }: ValidateInput,
  {
    validation,
    measurement,
    failures,
  }: {
    readonly validation: Validation
    readonly measurement: Measurement
    readonly failures: readonly RowFailure[]
  },
): Report {
  const said = new Map(columns.map((column) => [column.name, column]))
  const personal = new Set(spec.columns.filter(({ pii }) => pii !== null).map(({ name }) => name))
  const { passed, rows, quarantined, checks } = validation
  return {
    source: dataset.source,
    passed,
    rows,
    quarantined,
    // Not the whole: the place of its file is of this machine.
    unparsable: unparsable.filter((part) => part.rows > 0).map(({ part, rows: count }) => ({ part, rows: count })),
    columns: measurement.columns.map(({ name, missing, distinct, min, mean, max }, index) => ({
      name,
      type: typeName(dataset.columns[index]?.type),
      unit: said.get(name)?.unit ?? null,
      description: said.get(name)?.description ?? null,
      missing,
      distinct,
      ...(personal.has(name) ? { min: null, mean: null, max: null } : { min, mean, max }),
    })),
    checks,
    failures,
  }
}

function typeName(type: ColumnType | undefined): string {
  if (type?.kind === 'decimal') return `decimal(${type.precision}, ${type.scale})`
  return type?.kind ?? ''
}

import type { CheckedColumn, ValidateSpec } from '../dsl/lifecycle/nodes.ts'
import type { ColumnMeasure, Measurement } from './measure.ts'
import type { Check } from './validation.ts'

/** Every check of a table, passed or not. `duplicates`: rows whose key an earlier row has. */
export function tableChecks(
  { columns, key, quarantineAtMost }: ValidateSpec,
  {
    measurement,
    rows,
    quarantined,
    duplicates,
  }: {
    readonly measurement: Measurement
    readonly rows: number
    readonly quarantined: number
    readonly duplicates: number
  },
): readonly Check[] {
  const measures = new Map(measurement.columns.map((measure) => [measure.name, measure]))
  return [
    quarantineCheck({ rows, quarantined, quarantineAtMost }),
    ...(key === 'row' ? [] : [keyCheck(key, duplicates)]),
    ...columns.flatMap((column) => {
      const measure = measures.get(column.name)
      return measure === undefined ? [absent(column)] : expectations(column, measure)
    }),
  ]
}

function quarantineCheck({
  rows,
  quarantined,
  quarantineAtMost,
}: {
  readonly rows: number
  readonly quarantined: number
  readonly quarantineAtMost: number
}): Check {
  return {
    name: 'quarantine',
    column: null,
    expected: `at most ${quarantineAtMost} of the rows put aside`,
    got: `${quarantined} of ${rows}`,
    passed: quarantined <= quarantineAtMost * rows,
  }
}

function keyCheck(key: readonly string[], duplicates: number): Check {
  const got = duplicates === 0 ? 'unique' : `${duplicates} rows with an earlier row's key`
  return { name: 'key', column: key.join(', '), expected: 'unique', got, passed: duplicates === 0 }
}

function absent({ name }: CheckedColumn): Check {
  return { name: 'column', column: name, expected: 'the column', got: 'none of that name', passed: false }
}

function expectations({ name, expect }: CheckedColumn, measure: ColumnMeasure): readonly Check[] {
  const checks: Check[] = []
  const add = (check: Omit<Check, 'column'>): number => checks.push({ column: name, ...check })
  if (expect.missing !== null) {
    const share = measure.rows === 0 ? 0 : measure.missing / measure.rows
    const { atMost } = expect.missing
    add({ name: 'missing', expected: `share at most ${atMost}`, got: String(share), passed: share <= atMost })
  }
  if (expect.distinct !== null) {
    const { atMost } = expect.distinct
    const got = measure.distinct
    add({ name: 'distinct', expected: `at most ${atMost} values`, got: String(got), passed: got <= atMost })
  }
  if (expect.mean !== null) add(meanCheck(expect.mean, measure.mean))
  return checks
}

function meanCheck(
  { atLeast, atMost }: { readonly atLeast: number | null; readonly atMost: number | null },
  mean: number | null,
): Omit<Check, 'column'> {
  const bounds = [atLeast === null ? [] : `at least ${atLeast}`, atMost === null ? [] : `at most ${atMost}`].flat()
  const isWithin = mean !== null && mean >= (atLeast ?? -Infinity) && mean <= (atMost ?? Infinity)
  return {
    name: 'mean',
    expected: `a mean of ${bounds.join(' and ')}`,
    got: mean === null ? 'no numbers' : String(mean),
    passed: isWithin || bounds.length === 0,
  }
}

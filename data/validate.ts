import { writeFile } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Pii } from '../dsl/column-meta.ts'
import type { StoredColumn } from '../dsl/lifecycle/nodes.ts'
import { tableChecks } from './checks.ts'
import { lacksOutcomes } from './cut-part.ts'
import type { RowFailure } from './dataset.ts'
import { duplicateKeys } from './duplicate-keys.ts'
import { DEFAULT_ENGINE, withDuckDb, type DuckDbOptions } from './duckdb.ts'
import { explainRows } from './explain-rows.ts'
import { measureRows, type Measurement } from './measure.ts'
import { partRows } from './part-rows.ts'
import { cleanParts, writeQuarantine } from './quarantine.ts'
import { reportOf } from './report.ts'
import { reportPage } from './report-page.ts'
import { columnJudges } from './row-judge.ts'
import { rowPredicate } from './row-predicate.ts'
import type { ValidateInput, Validation } from './validation.ts'

const MOST_FAILURES = 20

/**
 * Holds a dataset against its contract. Writes to the current folder `report.json` and `report.html`, and of bad rows
 * `quarantine.parquet` and a `clean-<place>.parquet` for each part that had some. What is found is a value.
 */
export async function validateDataset(
  input: ValidateInput,
  engine: DuckDbOptions = DEFAULT_ENGINE,
): Promise<Validation> {
  const stored =
    input.dataset.parts.length === 0
      ? nothingFound(input.dataset.columns)
      : await withDuckDb(engine, (connection) => findings(connection, input))
  const unread = input.unparsable.flatMap(({ failures }) => failures)
  const found = { ...stored, failures: [...unread, ...stored.failures] }
  const validation = concluded(input, found)
  const report = reportOf(input, { validation, ...found })
  await writeFile(validation.report.$file, `${JSON.stringify(report, null, 2)}\n`)
  await writeFile(validation.page.$file, reportPage(report))
  return validation
}

/** What was found in the rows, before it is judged. */
interface Findings {
  readonly measurement: Measurement
  readonly duplicates: number
  readonly failures: readonly RowFailure[]
  readonly parts: Validation['dataset']['parts']
  readonly quarantine: Validation['quarantine']
}

async function findings(
  connection: DuckDBConnection,
  { dataset, spec, unknownAfter }: ValidateInput,
): Promise<Findings> {
  const judges = columnJudges(spec.schema)
  const { columns, parts } = dataset
  const from = partRows(dataset)
  const pii = new Map<string, Pii | null>(spec.columns.map((column) => [column.name, column.pii]))
  const outcomes = columns.flatMap(({ name, outcome }) => (outcome ? [name] : []))
  const { time } = dataset
  const unknown = time === null || unknownAfter === null ? null : lacksOutcomes({ time, outcomes }, unknownAfter)
  const predicate = await rowPredicate(connection, { from, columns, schema: spec.schema, judges, unknown })
  const exact = new Set(spec.columns.filter(({ expect }) => expect.distinct !== null).map(({ name }) => name))
  const measurement = await measureRows(connection, { from, parts, predicate, columns, exact, unknown })
  const key = keyColumns(spec.key, columns)
  const duplicates =
    key.length === 0 ? NO_DUPLICATES : await duplicateKeys(connection, { from, predicate, key, parts, pii })
  const touched = parts.filter((_, place) => measurement.badByPart[place] !== 0)
  const bad =
    touched.length === 0
      ? undefined
      : { from: partRows({ parts: touched }), predicate, columns, parts: touched, judges, pii, unknown }
  const failures = bad === undefined ? [] : await explainRows(connection, bad)
  return {
    measurement,
    duplicates: duplicates.rows,
    failures: [...failures, ...duplicates.failures],
    parts: await cleanParts(connection, { dataset, predicate, badByPart: measurement.badByPart }),
    quarantine: bad === undefined ? null : await writeQuarantine(connection, bad),
  }
}

function nothingFound(columns: readonly StoredColumn[]): Findings {
  const measures = columns.map(({ name }) => ({
    name,
    rows: 0,
    missing: 0,
    distinct: 0,
    min: null,
    max: null,
    mean: null,
  }))
  const measurement = { badByPart: [], kept: 0, bad: 0, columns: measures }
  return { measurement, duplicates: 0, failures: [], parts: [], quarantine: null }
}

function concluded({ dataset, spec, unparsable }: ValidateInput, found: Findings): Validation {
  const { measurement, duplicates, failures, parts, quarantine } = found
  const unread = unparsable.reduce((total, { rows }) => total + rows, 0)
  const rows = measurement.kept + measurement.bad + unread
  const quarantined = measurement.bad + unread
  const checks = tableChecks(spec, { measurement, rows, quarantined, duplicates })
  return {
    dataset: { ...dataset, rows: measurement.kept, parts },
    passed: checks.every(({ passed }) => passed),
    rows,
    quarantined,
    failures: failures.slice(0, MOST_FAILURES),
    checks,
    report: { $file: 'report.json' },
    page: { $file: 'report.html' },
    quarantine,
  }
}

const NO_DUPLICATES = { rows: 0, failures: [] } as const

/** None where a column of the key is missing: that is a failed check of its own. */
function keyColumns(key: readonly string[] | 'row', columns: readonly StoredColumn[]): readonly StoredColumn[] {
  if (key === 'row') return []
  const found = key.flatMap((name) => columns.filter((column) => column.name === name))
  return found.length === key.length ? found : []
}

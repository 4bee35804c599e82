import type { DuckDBConnection } from '@duckdb/node-api'
import type { FeatureSpec } from '../dsl/features.ts'
import { shortestDecimal } from './compile-expression.ts'
import { FeaturesError } from './errors.ts'
import type { Head } from './online-file.ts'
import { familyName, onlineFamilies, onlineKey } from './online-layout.ts'
import { onlineEvents, type OnlineEvents } from './online-sql.ts'
import { onlineWriter, type FamilyWriter } from './online-writer.ts'
import { sourceNamed } from './example-rows.ts'
import type { Value } from './operations.ts'
import type { Family } from './past-nodes.ts'
import type { SourceView } from './source-view.ts'

export interface WriteOnline {
  readonly features: readonly FeatureSpec[]
  readonly sources: readonly SourceView[]
  /** What is known before it goes in: microseconds since 1970. */
  readonly asOf: bigint
}

/** Writes the file that `openOnlineFeatures` reads: the same rows give the same bytes. Throws `inexact`. */
export async function writeOnline(
  connection: DuckDBConnection,
  path: string,
  { features, sources, asOf }: WriteOnline,
): Promise<{ readonly events: number }> {
  const writer = onlineWriter(path)
  const families: Head['families'][number][] = []
  let events = 0
  try {
    for (const family of onlineFamilies(
      features,
      sources.map(({ contract }) => contract),
    )) {
      const number = families.length
      const source = sourceNamed(sources, family.contract.name)
      const name = `online${number}`
      const input = { family, source, entities: `${name}_entities`, asked: '', name, before: asOf }
      const found = await onlineEvents(connection, input)
      if (found.faults > 0) throw inexact(family, found.faults)
      events += await writeFamily(connection, { family, found, into: writer.family(number, found.fields) })
      families.push({ name: familyName(family), fields: [...found.fields] })
      await connection.run(`DROP TABLE ${name}_totals; DROP TABLE ${name}_entities`)
    }
    writer.finish({ asOf: String(asOf), families })
  } finally {
    writer.close()
  }
  return { events }
}

async function writeFamily(
  connection: DuckDBConnection,
  { family, found, into }: { readonly family: Family; readonly found: OnlineEvents; readonly into: FamilyWriter },
): Promise<number> {
  const names = await entityNames(connection, family, found)
  const result = await connection.stream(found.sql)
  let events = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    const rows = chunk?.rowCount ?? 0
    if (chunk === null || rows === 0) break
    // Counts and sums are read as doubles and 64 or 128 bits, texts as texts: all of them values as they are.
    const [places = [], known = [], ...columns] = chunk.getColumns() as readonly (readonly Value[])[]
    const entities = places.map((place) => names[Number(place)] ?? '')
    into.add({ rows, entities, known: known as readonly bigint[], columns })
    events += rows
  }
  into.finish()
  return events
}

async function entityNames(
  connection: DuckDBConnection,
  { match }: Family,
  { entities }: OnlineEvents,
): Promise<readonly string[]> {
  const isDecimal = match.map(({ column }) => column.type.kind === 'decimal')
  const found = await connection.runAndReadAll(entities)
  // Of these types all are values as they are.
  const rows = found.getRows() as readonly (readonly Value[])[]
  return rows.map((row) =>
    onlineKey(match.map((_, index) => entityValue(row[index] ?? null, isDecimal[index] === true))),
  )
}

/** As `entityPart` has it: 12.5 and 12.50 are one decimal. */
function entityValue(value: Value, isDecimal: boolean): Value {
  return isDecimal ? shortestDecimal(String(value)) : value
}

function inexact({ contract }: Family, faults: number): FeaturesError {
  return new FeaturesError(
    'inexact',
    `"${contract.name}": expected numbers with the declared decimals, small enough for exact sums, got ${faults} rows with others`,
  )
}

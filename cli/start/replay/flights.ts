import { existsSync } from 'node:fs'
import { copyFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { quotePath, withDuckDb } from '../../../data/duckdb.ts'

export const DAY_MILLIS = 86_400_000

/** A flight as a request tells of it, and what comes of it. */
export interface Flight {
  /** Departure, milliseconds since 1970. */
  readonly millis: number
  readonly origin: string
  readonly destination: string
  readonly distance: number
  readonly delay: number
}

/** A day's flights that become requests, by departure. */
export async function flightsOf(
  day: number,
  { days, share }: { readonly days: string; readonly share: number },
): Promise<readonly Flight[]> {
  const path = join(days, fileOf(day))
  if (!existsSync(path)) return []
  return withDuckDb({ threads: 1, memoryMib: 200 }, async (connection) => {
    const read = await connection.runAndReadAll(
      `SELECT epoch_us(date), origin, destination, distance, delay FROM read_parquet(${quotePath(path)}, file_row_number = true)
       WHERE hash(file_row_number) % 10000 < ${Math.round(share * 10_000)} ORDER BY date, file_row_number`,
    )
    // As the file's columns are typed.
    return read.getRowsJS().map(([micros, origin, destination, distance, delay]) => ({
      millis: Number(micros) / 1000,
      origin: origin as string,
      destination: destination as string,
      distance: Number(distance),
      delay: Number(delay),
    }))
  })
}

/** Puts a day's file where the pipeline's source looks, whole or not at all. */
export async function deliver(
  day: number,
  { days, out }: { readonly days: string; readonly out: string },
): Promise<void> {
  const [from, to] = [join(days, fileOf(day)), join(out, fileOf(day))]
  if (existsSync(to) || !existsSync(from)) return
  const temporary = `${to}.${process.pid}.tmp`
  await copyFile(from, temporary)
  await rename(temporary, to)
}

function fileOf(day: number): string {
  return `flights-${new Date(day).toISOString().slice(0, 10)}.parquet`
}

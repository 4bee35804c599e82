import { join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

export interface DuckDbOptions {
  /** What tables and sorts may take before they go to disk. */
  readonly memoryMib: number
  readonly threads: number
}

export const DEFAULT_ENGINE: DuckDbOptions = { memoryMib: 1024, threads: 2 }

/** Hands a connection to `use`, which is the only one to have it, and closes it afterwards. */
export type UseDuckDb = <T>(use: (connection: DuckDBConnection) => Promise<T>) => Promise<T>

/**
 * A database in memory for the length of one call. It loads no extension, spills to `duckdb-tmp` in the current folder,
 * reads and prints instants in UTC, and keeps rows in the order in which they were read.
 */
export async function withDuckDb<T>(
  options: DuckDbOptions,
  use: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await openInstance(options)
  try {
    return await connected(instance, use)
  } finally {
    instance.closeSync()
  }
}

/**
 * The same database for call after call, one at a time, for work so short that opening one would be half of it. What a
 * call leaves in temporary tables goes with its connection. After a call that throws the next one gets another database.
 */
export function keptDuckDb(options: DuckDbOptions): UseDuckDb {
  let kept: DuckDBInstance | undefined
  return async (use) => {
    const instance = (kept && (await moved(kept))) ?? (await openInstance(options))
    kept = undefined
    try {
      const done = await connected(instance, use)
      kept = instance
      return done
    } finally {
      if (kept === undefined) instance.closeSync()
    }
  }
}

/** Has a database spill into the current folder. One that has spilled before refuses, and is closed. */
async function moved(instance: DuckDBInstance): Promise<DuckDBInstance | undefined> {
  try {
    const sql = `SET temp_directory = ${quoteText(temporaryFolder())}`
    await connected(instance, (connection) => connection.run(sql))
    return instance
  } catch {
    instance.closeSync()
    return undefined
  }
}

async function openInstance({ memoryMib, threads }: DuckDbOptions): Promise<DuckDBInstance> {
  // Costs 0.1 s to load, and whoever only writes SQL has no need of it.
  const { DuckDBInstance: database } = await import('@duckdb/node-api')
  return database.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // It knows a file by its path, and calls of one database give different files the same.
    enable_external_file_cache: 'false',
    memory_limit: `${memoryMib}MiB`,
    preserve_insertion_order: 'true',
    temp_directory: temporaryFolder(),
    threads: String(threads),
  })
}

async function connected<T>(instance: DuckDBInstance, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    return await use(connection)
  } finally {
    connection.closeSync()
  }
}

function temporaryFolder(): string {
  return join(process.cwd(), 'duckdb-tmp')
}

/** An identifier. DuckDB compares them without regard to case, quoted or not. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text literal. It has no escapes but the doubled quote. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The path of one file as a text literal: what would be a pattern in it stands for itself. */
export function quotePath(path: string): string {
  return quoteText(path.replaceAll(/[*?[]/g, '[$&]'))
}

/** A hash, as SQL, to a number in [0, 1): its upper 52 bits, which a double holds exactly, by 2^52. */
export function shareOfHash(hash: string): string {
  return `CAST(${hash} >> 12 AS DOUBLE) / CAST(4503599627370496 AS DOUBLE)`
}

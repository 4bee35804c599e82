import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keptDuckDb, type UseDuckDb } from '../../data/duckdb.ts'

const SMALL = { memoryMib: 64, threads: 1 }
const start = process.cwd()
const folders: string[] = []

beforeEach(enterNewFolder)
afterEach(async () => {
  process.chdir(start)
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

describe('a database that is kept', () => {
  test('has nothing of the call before, its temporary tables or files of one name', async () => {
    const use = keptDuckDb(SMALL)
    await use((connection) => writeAndRead(connection, 1))
    await enterNewFolder()
    expect(await use((connection) => writeAndRead(connection, 2))).toBe(2)
  })

  test('serves the call after one that has spilled into a folder that is gone', async () => {
    const use = keptDuckDb(SMALL)
    expect(await countOf(use, 8_000_000)).toBe(8_000_000)
    await enterNewFolder()
    expect(await countOf(use, 8_000_000)).toBe(8_000_000)
  })

  test('serves the call after one that threw', async () => {
    const use = keptDuckDb(SMALL)
    await expect(use((connection) => connection.run('SELECT nonsense'))).rejects.toThrow('nonsense')
    expect(await countOf(use, 10)).toBe(10)
  })
})

async function enterNewFolder(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'anneal-duckdb-'))
  folders.push(folder)
  process.chdir(folder)
}

/** A table and a file that each call makes under the same name. */
async function writeAndRead(connection: DuckDBConnection, value: number): Promise<number> {
  await connection.run(`CREATE TEMP TABLE rows AS SELECT ${value} AS value`)
  await connection.run(`COPY rows TO 'part.parquet' (FORMAT parquet)`)
  const read = await connection.runAndReadAll(`SELECT value FROM read_parquet('part.parquet')`)
  return Number(read.getRows()[0]?.[0])
}

/** Of rows that outgrow the memory where they are many. */
function countOf(use: UseDuckDb, rows: number): Promise<number> {
  return use(async (connection) => {
    await connection.run(`CREATE TEMP TABLE rows AS SELECT range AS value, hash(range) AS other FROM range(${rows})`)
    const counted = await connection.runAndReadAll('SELECT count(*) FROM rows')
    return Number(counted.getRows()[0]?.[0])
  })
}

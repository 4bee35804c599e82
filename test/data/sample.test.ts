import { expect, it } from 'vitest'
import { withDuckDb } from '../../data/duckdb.ts'
import { plainRows } from '../../data/plain-rows.ts'
import { isSampled } from '../../data/sample.ts'
import { partMark } from '../../data/source-rows.ts'
import { bucketSql } from '../../features/source-view.ts'

const part = { name: 'rows.csv', digest: '0123456789abcdef'.repeat(4), bytes: 1 }
/** Rows of the file in it. */
const ROWS = 20_000

/** How many rows of a sample there are, and how many of those a split by row would hold out of a fifth. */
async function sampled(sample: number | undefined): Promise<readonly unknown[]> {
  return withDuckDb({ memoryMib: 200, threads: 1 }, async (connection) => {
    await connection.run(
      `CREATE TABLE rows AS SELECT '${partMark(part)}' AS "$part", range AS "$row" FROM range(${ROWS})`,
    )
    await connection.run(`DELETE FROM rows WHERE NOT (${isSampled({ part, ...(sample !== undefined && { sample }) })})`)
    const bucket = bucketSql('row', () => {
      throw new Error('expected no column to be asked for')
    })
    const [found = []] = await plainRows(
      connection,
      `SELECT count(*), count(*) FILTER (${bucket} < 0.2) FROM (SELECT "$part" AS part, "$row" AS ordinal FROM rows)`,
    )
    return found.map(Number)
  })
}

/** Four standard deviations of a count of rare events. */
function fourDeviations(expected: number): number {
  return 4 * Math.sqrt(expected)
}

it.each([0.01, 0.1, 0.5])('a sample of %f has its share of rows, and of a holdout by row', async (share) => {
  const [rows, heldOut] = (await sampled(share)) as [number, number]
  expect(Math.abs(rows - ROWS * share)).toBeLessThan(fourDeviations(ROWS * share))
  expect(Math.abs(heldOut - rows * 0.2)).toBeLessThan(fourDeviations(rows * 0.2))
  expect(await sampled(share)).toEqual([rows, heldOut])
})

it('all rows are read where no sample is asked for', async () => {
  expect((await sampled(undefined))[0]).toBe(ROWS)
})

import { execFile } from 'node:child_process'
import { readdir, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { validateDataset } from '../../data/validate.ts'
import { contract, timestamp, z } from '../../dsl/index.ts'
import { ingest, readPart, rowsIn, sha256, storedColumns, workingFolder } from './working-folder.ts'
import { engineProgram } from '../../store/engine-program.ts'

const flights = contract('flights', {
  key: 'row',
  time: 'date',
  columns: {
    date: timestamp(),
    distance: z.int().positive().meta({ unit: 'mi' }),
    origin: z.string().regex(/^[A-Z]{3}$/),
    destination: z.string().regex(/^[A-Z]{3}$/),
  },
  outcomes: { delay: z.int().min(-120).max(1440).meta({ unit: 'min' }) },
})

const source = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')

test('eleven of the three million flights break the contract', async () => {
  await workingFolder()
  const part = readPart(await ingest(flights, { path: source, format: { type: 'parquet' } }))
  await rename('part.parquet', 'all.parquet')
  const columns = flights.columns.map(({ name, pii, expect: expectations }) => ({ name, pii, expect: expectations }))
  const found = await validateDataset({
    dataset: {
      source: 'flights',
      key: 'row',
      time: 'date',
      columns: storedColumns(flights),
      rows: part.rows,
      parts: [{ ...part, file: { $file: 'all.parquet' } }],
    },
    spec: { source: 'flights', schema: flights.schema, key: 'row', columns, quarantineAtMost: 0.001 },
    columns: flights.columns,
    unparsable: [],
    unknownAfter: null,
  })
  expect(found).toMatchObject({ passed: true, rows: 3_000_000, quarantined: 11, dataset: { rows: 2_999_989 } })
  expect(new Set(found.failures.map(({ column }) => column))).toEqual(new Set(['delay']))
})

const [node, ...program] = engineProgram('pipelines/flight-delay/cut-days.ts')

async function cutDays(...options: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return promisify(execFile)(node, [...program, ...options])
}

test('days are cut once, with the same bytes each time', async () => {
  await workingFolder()
  const range = ['--from', '2001-02-27', '--to', '2001-03-01']
  expect((await cutDays(...range, '--out', 'one')).stdout).toBe('one: 3 days, 3 cut, 0 there already\n')
  const names = await readdir('one')
  expect(names).toEqual(['flights-2001-02-27.parquet', 'flights-2001-02-28.parquet', 'flights-2001-03-01.parquet'])
  expect((await cutDays('--from', '2001-02-26', '--to', '2001-03-01', '--out', 'one')).stdout).toBe(
    'one: 4 days, 1 cut, 3 there already\n',
  )
  await cutDays(...range, '--out', 'two')
  for (const name of names) expect(await sha256(join('two', name))).toBe(await sha256(join('one', name)))
  const rows = await rowsIn(join('one', names[1] ?? ''))
  expect(Object.keys(rows[0] ?? {})).toEqual(['date', 'delay', 'distance', 'origin', 'destination'])
  expect(rows.every(({ date }) => String(date).startsWith('2001-02-28'))).toBe(true)
})

test.each([
  [['--from', '2001-02-30'], '--from: expected a day such as 2001-01-31, got "2001-02-30"; correct it'],
  [
    ['--from', '2001-03-01', '--to', '2001-02-01'],
    '--to: expected a day from 2001-03-01 on, got 2001-02-01; swap the two',
  ],
  [
    ['--from', '2002-01-01', '--to', '2002-01-01'],
    '2002-01-01: expected flights on that day, got none; the data goes from 2001-01-01 to 2001-07-01',
  ],
])('cut-days %s says what to do', async (options, message) => {
  await workingFolder()
  await expect(cutDays(...options)).rejects.toMatchObject({ code: 1, stderr: `cut-days: ${message}\n` })
})

import { createHash } from 'node:crypto'
import { copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contract, count, features, history, label, latest, mean, timestamp, z } from '../../dsl/index.ts'
import { buildFeatureTable } from '../../features/build-feature-table.ts'
import type { FeaturesError } from '../../features/errors.ts'
import { isoOf } from '../../features/instant.ts'
import { materialize } from '../../features/materialize.ts'
import { openOnlineFeatures, type OnlineFeatures } from '../../features/online-store.ts'
import { pastNodes, type HistoryNode } from '../../features/past-nodes.ts'
import Database from 'libsql'
import { storedRows, workingFolder } from './both-sides.ts'
import { featuresSpec } from './specs.ts'

const START = 1_000_000_000_000_000n
const MINUTE = 60_000_000n
const HOUR = 60n * MINUTE

const visits = contract('visits', {
  key: 'row',
  time: 'at',
  columns: { at: timestamp(), who: z.string(), page: z.string() },
  outcomes: {},
})
const counting = features('counting', visits, (f) => ({
  visits_1d: history(visits, { by: { who: f.who }, within: '1 day' }, () => count()),
  page: latest(visits, { on: { who: f.who }, within: '1 day' }).page.orElse('none'),
}))
const others = features('others', visits, (f) => ({
  pages: history(visits, { by: { page: f.page }, within: '1 day' }, () => count()),
}))
const summing = features('summing', visits, (f) => ({
  hours: history(visits, { by: { who: f.who }, within: '1 day' }, (past) => mean(past.at.hour())).orElse(0),
}))
const spec = featuresSpec(
  counting,
  label(visits, (f) => f.page.eq('a')),
)

/** `people` entities, the n-th of them with n % 3 + 1 rows an hour apart. */
async function written(people: number, threads = 2): Promise<string> {
  const rows = Array.from({ length: people }, (_, person) =>
    Array.from({ length: (person % 3) + 1 }, (__, visit) => ({
      at: START + BigInt(visit) * HOUR,
      who: `person ${person}`,
      page: `/${visit}`,
    })),
  ).flat()
  const datasets = { visits: await storedRows(visits, rows, 'visits.parquet') }
  const given = { spec, asOf: isoOf(START + 24n * HOUR), datasets, threads }
  const built = await buildFeatureTable(given)
  if (built.state !== 'built') throw new Error('features: expected a table, got refused rows')
  expect(await materialize({ ...given, table: built.table })).toMatchObject({
    state: 'materialized',
    events: rows.length,
  })
  return join(process.cwd(), 'online.sqlite')
}

function opened(path: string, set: typeof counting | typeof others | typeof summing = counting): OnlineFeatures {
  return openOnlineFeatures(path, { features: set.features, contracts: [visits], cacheMib: 1 })
}

function visitsOf(online: OnlineFeatures, who: string, at: bigint): number | null {
  const node = pastNodes(counting.features.map(({ expression }) => expression)).find(({ op }) => op === 'history')
  return online.history(node as HistoryNode, [who], at)
}

it('memory stays within its bound for any number of entities, and what fell out of it is read again', async () => {
  await workingFolder()
  const online = opened(await written(10_000))
  const people = Array.from({ length: 10_000 }, (_, person) => person)
  for (let round = 0; round < 2; round++) {
    const found = people.map((person) => visitsOf(online, `person ${person}`, START + 24n * HOUR))
    expect(found).toEqual(people.map((person) => (person % 3) + 1))
    expect(online.cachedBytes).toBeLessThanOrEqual(2 ** 20)
  }
  for (const stranger of people) visitsOf(online, `${'x'.repeat(1000)}${stranger}`, START + HOUR)
  expect(online.cachedBytes).toBeLessThanOrEqual(2 ** 20)
  expect(visitsOf(online, 'person 2', START + 90n * MINUTE)).toBe(2)
  online.close()
})

it('the same rows give the same bytes, whatever the threads', async () => {
  await workingFolder()
  const digests = []
  for (const threads of [2, 1, 2]) {
    await written(2000, threads)
    digests.push(
      createHash('sha256')
        .update(await readFile('online.sqlite'))
        .digest('hex'),
    )
    await rm('online.sqlite')
  }
  expect(new Set(digests).size).toBe(1)
})

it('half a character is no entity, though SQLite would take it for another one', async () => {
  await workingFolder()
  const rows = [{ at: START, who: 'person \ufffd', page: 'a' }]
  const datasets = { visits: await storedRows(visits, rows, 'visits.parquet') }
  const given = { spec, asOf: isoOf(START + 24n * HOUR), datasets }
  const built = await buildFeatureTable(given)
  if (built.state !== 'built') throw new Error('features: expected a table, got refused rows')
  await materialize({ ...given, table: built.table })
  const online = opened('online.sqlite')
  expect(visitsOf(online, 'person \ufffd', START + HOUR)).toBe(1)
  expect(visitsOf(online, 'person \ud800', START + HOUR)).toBe(0)
  online.close()
})

describe('a file that is no file of online features', () => {
  const FAULTS: readonly (readonly [string, RegExp, (path: string) => Promise<void> | void])[] = [
    ['that is not there', /expected a file, got none/, () => {}],
    [
      'of text',
      /got a damaged one/,
      (path) => writeFile(path, 'no database at all, but long enough to be one'.repeat(50)),
    ],
    ['that is empty', /expected one that Anneal has made/, (path) => writeFile(path, '')],
    ['of another program', /expected one that Anneal has made/, (path) => changed(path, 'PRAGMA application_id = 1')],
    ['of another format', /expected format 1, got 2; materialize/, (path) => changed(path, 'PRAGMA user_version = 2')],
    [
      'without its head',
      /expected a head that says what it holds/,
      (path) => changed(path, `UPDATE head SET body = '{}'`),
    ],
    ['with a head of no JSON', /got a damaged one/, (path) => changed(path, `UPDATE head SET body = '{'`)],
    ['without any head', /got a damaged one/, (path) => changed(path, 'DELETE FROM head')],
    ['without its tables', /got a damaged one/, (path) => changed(path, 'DROP TABLE entity')],
  ]

  it.each(FAULTS)('%s is refused in words', async (_, message, make) => {
    const folder = await workingFolder()
    const whole = await written(50)
    const path = join(folder, 'other.sqlite')
    if (!message.source.includes('got none')) await copyFile(whole, path)
    await make(path)
    const error = errorOf(() => opened(path))
    expect(error).toMatchObject({ name: 'FeaturesError', code: 'online-file', message: expect.stringMatching(message) })
    expect(error.message).not.toContain(folder)
  })

  it('made for other features, or without a sum that they need, is refused when it is opened', async () => {
    await workingFolder()
    const path = await written(50)
    for (const set of [others, summing]) {
      const error = errorOf(() => opened(path, set))
      expect(error).toMatchObject({ code: 'online-file', message: expect.stringContaining('got one for others') })
    }
  })

  it('that is cut off, or whose page is, is refused when it is read, and answers nothing', async () => {
    await workingFolder()
    const path = await written(5000)
    changed(path, 'UPDATE page SET body = substr(body, 1, 8) WHERE number = 1')
    const online = opened(path)
    expect(errorOf(() => visitsOf(online, 'person 0', START + HOUR))).toMatchObject({
      code: 'online-file',
      message: expect.stringContaining('got fewer bytes'),
    })
    online.close()
    changed(path, 'DELETE FROM page WHERE number = 1')
    const without = opened(path)
    expect(errorOf(() => visitsOf(without, 'person 0', START + HOUR))).toMatchObject({ code: 'online-file' })
    without.close()
    await truncate(path, 8192 * 3)
    expect(() => {
      const cut = opened(path)
      for (let person = 0; person < 5000; person++) visitsOf(cut, `person ${person}`, START + HOUR)
    }).toThrow(expect.objectContaining({ code: 'online-file' }))
  })
})

function changed(path: string, sql: string): void {
  const database = new Database(path)
  database.exec(sql)
  database.close()
}

function errorOf(act: () => unknown): FeaturesError {
  try {
    act()
  } catch (error) {
    return error as FeaturesError
  }
  throw new Error('expected an error, got none')
}

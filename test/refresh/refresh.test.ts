import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { layDays } from '../batch/flights.ts'
import { aRefreshRig, type RefreshRig } from './refresh-rig.ts'

let rig: RefreshRig

beforeAll(async () => {
  rig = await aRefreshRig()
  await layDays(join(rig.project.root, 'flights'), 4, 7)
}, 180_000)

afterAll(() => rig.remove())

it('a step is published once, and one that a later one has overtaken is not', { timeout: 120_000 }, async () => {
  const first = await rig.refresh(6)
  expect(first).toEqual({ state: 'refreshed', reason: 'refresh 1 knows rows to 2001-01-07T23:59:00.000000Z' })
  expect(await rig.refresh(6)).toEqual(first)
  expect(await rig.refresh(5)).toMatchObject({ state: 'skipped' })
  expect(await rig.chain()).toHaveLength(1)
})

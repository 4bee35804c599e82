import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FreshFile } from '../../store/refresh.ts'
import type { Death } from '../batch/dying-calls.ts'
import { layDays } from '../batch/flights.ts'
import { workFiles } from '../../cli/chaos/leftovers.ts'
import { aCopyOfRefreshRig, aRefreshRig, TRAINED, type RefreshRig } from './refresh-rig.ts'
import { aRefresher } from './refresher.ts'

let rig: RefreshRig
let undisturbed: readonly FreshFile[]

beforeAll(async () => {
  ;({ rig } = await aRefreshRig())
  await layDays(join(rig.project.root, 'flights'), TRAINED, 7)
  const copy = await aCopyOfRefreshRig(rig)
  await copy.refresh(6)
  undisturbed = await filesOf(copy)
  await copy.remove()
}, 240_000)

afterAll(() => rig.remove())

async function filesOf(of: RefreshRig): Promise<readonly FreshFile[]> {
  return (await of.chain()).flatMap(({ refresh }) => refresh.files)
}

/** Before it claims the first part, stores one, publishes one; in the validation; with the file stored; before the entry. */
const DEATHS: readonly Death[] = [
  { call: 'linkSync', path: '/store/results/', count: 1 },
  { call: 'linkSync', path: '/store/artifacts/', count: 2 },
  { call: 'linkSync', path: '/store/results/', count: 4 },
  { call: 'linkSync', path: '/store/artifacts/', count: 4 },
  { call: 'linkSync', path: '/store/results/', count: 3 },
  { call: 'linkSync', path: '/store/online/', count: 1 },
]

it(
  'killed before it claims, stores or publishes anything, it comes to the same file, published once',
  { timeout: 300_000 },
  async () => {
    const copy = await aCopyOfRefreshRig(rig)
    try {
      for (const death of DEATHS) {
        const refresher = aRefresher(copy, { DIES_AT: JSON.stringify(death) })
        await expect(refresher.ask(copy.request(6))).rejects.toThrow('SIGKILL')
        expect(await filesOf(copy)).toEqual([])
      }
      const last = aRefresher(copy)
      expect(await last.ask(copy.request(6))).toMatchObject({ state: 'refreshed' })
      await last.close()
      expect(await filesOf(copy)).toEqual(undisturbed)
      expect(await workFiles(copy.project)).toEqual([])
    } finally {
      await copy.remove()
    }
  },
)

it('two at once publish one entry', { timeout: 120_000 }, async () => {
  const copy = await aCopyOfRefreshRig(rig)
  try {
    const both = [aRefresher(copy), aRefresher(copy)]
    const answers = await Promise.all(both.map((one) => one.ask(copy.request(6))))
    expect(answers[0]).toEqual(answers[1])
    expect(await filesOf(copy)).toEqual(undisturbed)
    await Promise.all(both.map((one) => one.close()))
  } finally {
    await copy.remove()
  }
})

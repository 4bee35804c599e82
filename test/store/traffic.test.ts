import { expect, it } from 'vitest'
import { folderStore } from '../../store/folder-store.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import { traffic, type LoggedOutcome } from '../../store/traffic.ts'
import { temporaryFolder } from './temporary-folder.ts'

const BEGAN = Date.UTC(2026, 0, 31, 6, 50)

function anOutcome(second: number): LoggedOutcome {
  return { type: 'outcome', id: String(second), at: BEGAN + second * 1000, outcomes: {} }
}

/** Two gateways for 20 minutes over the full hour, a segment a second each; counts what is read. */
async function aLog() {
  const objects = folderStore(await temporaryFolder())
  const log = traffic(objects)
  for (const gateway of ['one', 'other']) {
    for (let second = 0; second < 1200; second += 1) {
      await log.put({ service: 's', gateway, atMillis: BEGAN + second * 1000, n: second + 1 }, [anOutcome(second)])
    }
  }
  let gets = 0
  const get: ObjectStore['get'] = (key) => {
    gets += 1
    return objects.get(key)
  }
  return { log: traffic({ ...objects, get }), gets: () => gets }
}

it(
  'is read a few segments at a time, the same records as at once, and hardly further back than asked',
  { timeout: 60_000 },
  async () => {
    const { log, gets } = await aLog()
    const [from, to] = [BEGAN + 1000 * 1000, BEGAN + 1100 * 1000]
    const pieces: (readonly unknown[])[] = []
    for await (const piece of log.scan('s', from, to)) pieces.push(piece)
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(16)
    // Of each gateway: 200 seconds since `from`, a minute before it, and the rest of a piece.
    expect(gets()).toBeLessThanOrEqual(2 * (200 + 60 + 17))
    const ids = pieces.flat().map((record) => (record as LoggedOutcome).id)
    const wanted = Array.from({ length: 100 }, (_, at) => String(1000 + at))
    expect(ids.toSorted()).toEqual([...wanted, ...wanted].toSorted())
    expect(await log.read('s', from, to)).toHaveLength(200)
  },
)

it('has what lies in a segment that was made up to a minute later', async () => {
  const log = traffic(folderStore(await temporaryFolder()))
  const place = { service: 's', gateway: 'g', atMillis: BEGAN + 640_000 }
  await log.put({ ...place, n: 1 }, [anOutcome(590)])
  await log.put({ ...place, n: 2 }, [anOutcome(639)])
  expect(await log.read('s', BEGAN + 580_000, BEGAN + 600_000)).toEqual([anOutcome(590)])
})

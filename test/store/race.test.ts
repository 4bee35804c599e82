import { mkdtemp, rm } from 'node:fs/promises'
import { createPublicKey } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { artifacts } from '../../store/artifacts.ts'
import { folderStore } from '../../store/folder-store.ts'
import { registry } from '../../store/registry.ts'
import { results, type Results } from '../../store/results.ts'
import { revisionChain } from '../../store/revision-chain.ts'
import { keyIdOf } from '../../store/signing/keys.ts'
import { waitOrClaim } from '../../store/wait-or-claim.ts'
import { buildChild, startChild, type Child } from './child-process.ts'
import { anOwner, meta, scenarioKey } from './scenarios.ts'

let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anneal-race-'))
  program = await buildChild(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

function aChild(...args: readonly string[]): Child {
  const child = startChild(program, args)
  onTestFinished(() => void child.process.kill('SIGKILL'))
  return child
}

test('of two processes racing for a revision exactly one wins, 1,000 times', { timeout: 60_000 }, async () => {
  const root = join(folder, 'chain')
  const racers = [aChild('race', root), aChild('race', root)]
  await Promise.all(racers.map((racer) => racer.ask()))
  const wins = racers.map(() => 0)
  for (let head = 0; head < 1000; head += 1) {
    const outcomes = await Promise.all(racers.map((racer) => racer.ask(String(head))))
    expect(outcomes.toSorted(), `revision ${head + 1}`).toEqual(['appended', 'conflict'])
    const winner = outcomes.indexOf('appended')
    wins[winner] = (wins[winner] ?? 0) + 1
    const stored = await revisionChain(folderStore(root), 'chain/').read(head + 1)
    expect(String(stored)).toBe(String(racers[winner]?.process.pid))
  }
  expect(await revisionChain(folderStore(root), 'chain/').head()).toBe(1000)
  expect(Math.min(...wins)).toBeGreaterThan(0)
})

test(
  'of two processes registering at once each gets a version of its own, 200 times',
  { timeout: 60_000 },
  async () => {
    const root = join(folder, 'registry')
    const racers = [aChild('register', root), aChild('register', root)]
    const publicKeys = (await Promise.all(racers.map((racer) => racer.ask()))).map((line) =>
      createPublicKey(Buffer.from(line, 'base64')),
    )
    for (let round = 0; round < 100; round += 1) {
      // A model each, then both the same one.
      const own = await Promise.all(racers.map((racer, index) => racer.ask(`${round} of ${index}`)))
      const [first, second] = [3 * round + 1, 3 * round + 2]
      expect(own.toSorted(), `round ${round}`).toEqual([`${first} true`, `${second} true`].toSorted())
      const same = await Promise.all(racers.map((racer) => racer.ask(`${round} of both`)))
      expect(same.toSorted()).toEqual([`${second + 1} false`, `${second + 1} true`])
    }
    const store = folderStore(root)
    const keys = new Map(publicKeys.map((key) => [keyIdOf(key), key]))
    const { versions } = await registry(store, artifacts(store)).verify('delay', { keys })
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
    expect(versions.flatMap(({ faults }) => faults)).toEqual([])
    expect(new Set(versions.map(({ signedBy }) => signedBy)).size).toBe(2)
  },
)

async function stoppedHolder(root: string): Promise<{ child: Child; all: Results }> {
  const child = aChild('hold', root)
  expect(await child.ask()).toBe('claimed')
  child.process.kill('SIGSTOP')
  const store = folderStore(root)
  return { child, all: results(store, artifacts(store)) }
}

test('a process stopped past its lease cannot publish while its successor works', async () => {
  const { child, all } = await stoppedHolder(join(folder, 'stale'))
  const answer = await waitOrClaim(all, { key: scenarioKey, owner: anOwner() }, { leaseMillis: 100 })
  if (answer.state !== 'claimed') throw new Error('expected the claim')
  child.process.kill('SIGCONT')
  expect(await child.ask('publish')).toBe('superseded')
  expect((await answer.claim.publish('of the successor', { meta })).adopted).toBe(false)
  expect(await child.ask('publish')).toBe('adopted')
  expect((await all.find(scenarioKey))?.value).toBe('of the successor')
})

test('a process stopped past its lease adopts what its successor has published', async () => {
  const { child, all } = await stoppedHolder(join(folder, 'late'))
  const answer = await waitOrClaim(all, { key: scenarioKey, owner: anOwner() }, { leaseMillis: 100 })
  if (answer.state !== 'claimed') throw new Error('expected the claim')
  await answer.claim.publish('of the successor', { meta })
  child.process.kill('SIGCONT')
  expect(await child.ask('publish')).toBe('adopted')
  expect((await all.find(scenarioKey))?.value).toBe('of the successor')
})

test('a stopped process that nobody took over publishes when it goes on', async () => {
  const { child, all } = await stoppedHolder(join(folder, 'alone'))
  child.process.kill('SIGCONT')
  expect(await child.ask('publish')).toBe('published')
  expect((await all.find(scenarioKey))?.value).toBe('of the child')
})

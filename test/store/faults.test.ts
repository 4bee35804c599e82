import { deepStrictEqual, doesNotMatch, ok } from 'node:assert'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderStore } from '../../store/folder-store.ts'
import { buildChild, startChild } from './child-process.ts'
import { scenarios, type ScenarioName } from './scenarios.ts'

const timeout = 120_000
// Erased: the keys are those names.
const names = Object.keys(scenarios) as readonly ScenarioName[]
/** Each way of writing that there is, by processes that die: of them a death takes one, which takes time. */
const KILLED: ReadonlySet<ScenarioName> = new Set([
  'publication of a result',
  'putting of artifacts',
  'appending of a revision',
  'registration of a model',
  'recording in an audit chain',
] as const)
/** What may be lost is written without a sync, in fewer calls. */
const BRIEF: ReadonlySet<ScenarioName> = new Set([
  'renewal of a lease',
  'sign of life of a gateway',
  'shipping of a dead gateway’s journal',
] as const)
let folder: string
let program: string

beforeAll(async () => {
  // In memory where that can be: what is tested is each call's outcome, and a disk's syncs take minutes.
  folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'anneal-faults-'))
  program = await buildChild(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(names)('the %s', (name) => {
  test('is done or not done, and can be done again, whichever call fails', { timeout }, async () => {
    const parent = join(folder, `faults ${name}`)
    const child = startChild(program, ['faults', parent, name])
    const calls = Number(await child.ask())
    expect(await child.ended()).toBe(0)
    expect(calls).toBeGreaterThan(BRIEF.has(name) ? 3 : 10)

    const outcomes = readdirSync(parent).filter((entry) => entry.endsWith('.json'))
    expect(outcomes).toHaveLength(1 + 7 * calls)
    for (const file of outcomes) {
      await judge(name, { root: join(parent, file.slice(0, -'.json'.length)), outcome: outcomeOf(join(parent, file)) })
    }
  })

  test.runIf(KILLED.has(name))(
    'is done or not done, and can be done again, at whichever call its process is killed',
    { timeout },
    async () => {
      let kills = 0
      for (let first = 1; kills === first - 1; first += 4) {
        const ends = await Promise.all([0, 1, 2, 3].map((offset) => actAndJudge(name, first + offset)))
        kills += ends.filter((end) => end === 'SIGKILL').length
      }
      expect(kills).toBeGreaterThan(10)
    },
  )
})

async function actAndJudge(name: ScenarioName, at: number): Promise<unknown> {
  const root = join(folder, `kill ${name} ${at}`)
  const end = await startChild(program, ['fault', root, name, String(at)]).ended()
  expect(end).toBeOneOf(['SIGKILL', 0])
  await judge(name, { root, outcome: { acted: end === 0 } })
  return end
}

interface Outcome {
  readonly acted: boolean
  readonly error?: { readonly code: string; readonly message: string }
}

/** A fault by which nothing was lost may go unnoticed; else the error names its kind, and no absolute path. */
async function judge(name: ScenarioName, { root, outcome }: { root: string; outcome: Outcome }): Promise<void> {
  if (outcome.error !== undefined) {
    ok(codesFor(root).includes(outcome.error.code), `${root}: ${outcome.error.code}`)
    doesNotMatch(outcome.error.message, /\/an\/absolute|\/tmp\//)
  }
  const store = folderStore(root)
  await scenarios[name].judge(store, outcome.acted)
  await scenarios[name].act(store, root)
  await scenarios[name].judge(store, true)
  await store.close()
  await store.sweepTemporaryFiles()
  // Whose temporary files those of `stop` are, lives.
  if (root.includes('/stop at ')) return
  if (existsSync(join(root, 'tmp'))) deepStrictEqual(readdirSync(join(root, 'tmp')), [], root)
}

/** A fault while a file that is to be stored is read is told apart. Whoever was late may find its claim taken over. */
function codesFor(root: string): readonly string[] {
  if (root.includes('late')) return ['superseded']
  return [root.includes('ENOSPC') ? 'store-full' : 'store-io', 'source-unreadable']
}

function outcomeOf(file: string): Outcome {
  // Written by `store-child.ts`.
  return JSON.parse(readFileSync(file, 'utf8')) as Outcome
}

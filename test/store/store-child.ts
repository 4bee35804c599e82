import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { artifacts } from '../../store/artifacts.ts'
import { StoreError } from '../../store/errors.ts'
import { nodeFileSystem } from '../../store/file-system.ts'
import { folderStore } from '../../store/folder-store.ts'
import { registry } from '../../store/registry.ts'
import { results } from '../../store/results.ts'
import { revisionChain } from '../../store/revision-chain.ts'
import { pemOf } from '../../store/signing/keys.ts'
import { twinFiles } from '../../store/twin-files.ts'
import { anEvaluation, aRegistration, aSigner } from './a-registration.ts'
import { faultyFileSystem, type Fault } from './faulty-file-system.ts'
import { anOwner, meta, scenarioKey, scenarios, type ScenarioName } from './scenarios.ts'

/** A process of its own for tests: `<mode> <store folder> …`, JSON or one word a line on standard output. */
const [mode, root = '', name = '', at = ''] = process.argv.slice(2)
// Erased: the tests give names of scenarios.
const scenario = scenarios[name as ScenarioName]
const DONE = 1
const FAILED = 2
let others: { readonly thread: Worker; readonly outcome: Int32Array } | undefined

if (mode === 'fault') await actWithFault(root, { at: Number(at), fault: 'kill' })
if (mode === 'faults') await actWithEveryFault()
if (mode === 'race') await race()
if (mode === 'hold') await hold()
if (mode === 'register') await register()
if (mode === 'twin') makeTwin()
if (mode === 'others') actWhenAsked()

/** The outcome of each fault at each call lies beside its store, as `<store>.json`. */
async function actWithEveryFault(): Promise<void> {
  const calls = await actWithFault(`${root}/undisturbed`, { at: 0, fault: 'EIO' })
  for (const fault of ['cut', 'short', 'EIO', 'EIO after', 'ENOSPC', 'late', 'stop'] as const)
    for (let call = 1; call <= calls; call += 1) await actWithFault(`${root}/${fault} at ${call}`, { at: call, fault })
  process.stdout.write(`${calls}\n`)
}

async function actWithFault(folder: string, options: { at: number; fault: Fault }): Promise<number> {
  await scenario.arrange(folderStore(folder), folder)
  const faulty = faultyFileSystem(nodeFileSystem, { ...options, meanwhile: () => letOthersAct(folder) })
  const acting = scenario.act(folderStore(folder, faulty), folder).then(
    () => ({ acted: true }),
    (error: unknown) => ({ acted: false, error: error instanceof StoreError ? codeAndText(error) : String(error) }),
  )
  const outcome = await Promise.race([acting, faulty.stopped.then(() => ({ acted: false }))])
  if (options.fault === 'cut') faulty.losePower()
  writeFileSync(`${folder}.json`, JSON.stringify(outcome))
  return faulty.calls()
}

/** Another process, in effect, does the same from beginning to end: it wins wherever the two meet from there on. */
function letOthersAct(folder: string): void {
  others ??= startOthers()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  others.thread.postMessage(folder)
  Atomics.wait(others.outcome, 0, 0, 30_000)
  if (Atomics.exchange(others.outcome, 0, 0) !== DONE) throw new Error(`${folder}: expected the others to act`)
}

function startOthers(): NonNullable<typeof others> {
  const outcome = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const thread = new Worker(new URL(import.meta.url), { argv: ['others', root, name], workerData: outcome })
  thread.unref()
  return { thread, outcome }
}

function actWhenAsked(): void {
  // Given by `startOthers`.
  const outcome = workerData as Int32Array
  parentPort?.on('message', (folder: string) => {
    scenario.act(folderStore(folder), folder).then(
      () => tell(outcome, DONE),
      () => tell(outcome, FAILED),
    )
  })
}

function tell(outcome: Int32Array, word: number): void {
  Atomics.store(outcome, 0, word)
  Atomics.notify(outcome, 0)
}

function codeAndText({ code, message }: StoreError): { code: string; message: string } {
  return { code, message }
}

/** Makes `<root>/claim`, and dies at the call that `name` counts. */
function makeTwin(): void {
  const fs = faultyFileSystem(nodeFileSystem, { at: Number(name), fault: 'kill' })
  twinFiles({ fs, folder: `${root}/tmp`, mode: 0o444 }).create(`${root}/claim`, Buffer.from('claim'))
}

/** For each line `n`: appends after revision n, and says how that went. */
async function race(): Promise<void> {
  const chain = revisionChain(folderStore(root), 'chain/')
  process.stdout.write('ready\n')
  for await (const line of createInterface({ input: process.stdin })) {
    const outcome = await chain.append(Number(line), Buffer.from(String(process.pid)), { durable: false })
    process.stdout.write(`${outcome}\n`)
  }
}

/** For each line: registers a model of that evidence, and says which version it is and whether it was made here. */
async function register(): Promise<void> {
  const store = folderStore(root)
  const files = artifacts(store)
  const signer = aSigner()
  process.stdout.write(`${Buffer.from(pemOf(signer.publicKey)).toString('base64')}\n`)
  for await (const line of createInterface({ input: process.stdin })) {
    const registration = await aRegistration(files, { evaluation: anEvaluation(line) })
    const { version, created } = await registry(store, files).register(registration, signer)
    process.stdout.write(`${version.version} ${created}\n`)
  }
}

/** Claims, and publishes at the first line. */
async function hold(): Promise<void> {
  const store = folderStore(root)
  const answer = await results(store, artifacts(store)).claim(scenarioKey, anOwner())
  process.stdout.write(`${answer.state}\n`)
  for await (const _ of createInterface({ input: process.stdin })) {
    if (answer.state !== 'claimed') return
    const word = await answer.claim.publish('of the child', { meta }).then(
      ({ adopted }) => (adopted ? 'adopted' : 'published'),
      (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
    )
    process.stdout.write(`${word}\n`)
  }
}

import { mkdirSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { closeInherited } from './inherited-descriptors.ts'
import { holdLifeline } from '../../store/process-lifeline.ts'
import { loadCode, Refused, runCode, thrownFault, type Code, type NodeUnit } from './node-unit.ts'
import { LONGEST_LINE, type ChildFault, type FromChild, type ToChild } from './protocol.ts'

// The program of a Node child. It is bundled into one file and runs alone; nothing imports it.

type Call = Extract<ToChild, { readonly type: 'call' }>

const allowed = new Map(Object.entries(process.env))
const channel = new Socket({ fd: 3 })
let unit: NodeUnit = { language: 'typescript', file: '' }
let code: Code | undefined
/** The call under way; a load is one too. Whoever answers it first ends it. */
let running: { readonly workFolder: string; readonly stop: AbortController } | undefined

closeInherited()
await holdLifeline()
// Made at once: each costs a millisecond at its first use.
void [process.stdout, process.stderr]
process.on('uncaughtException', (error) => finishWith(error))
process.on('exit', (status) => {
  const text = `: expected run to return, got an end of its process with exit code ${status}`
  const line: FromChild = { type: 'fault', fault: { code: 'task-crashed', text }, reusable: false }
  // Synchronously, and by force: a thread that waits in a read would keep the process from ending.
  try {
    if (running !== undefined) writeSync(3, `${JSON.stringify(line)}\n`)
  } finally {
    die()
  }
})
channel.on('close', die)
channel.on('error', die)
listen()
send({ type: 'done', output: null, reusable: true })

function listen(): void {
  let pieces: Buffer[] = []
  channel.on('data', (bytes) => {
    pieces.push(bytes)
    if (bytes.at(-1) !== 10) return
    // The pool sends one line at a time and an abort only after its call, so a last newline ends whole lines.
    const lines = Buffer.concat(pieces).toString('utf8').trimEnd().split('\n')
    pieces = []
    // Written by the pool, which is of this same version.
    for (const line of lines) take(JSON.parse(line) as ToChild)
  })
}

function take(request: ToChild): void {
  if (request.type === 'abort') running?.stop.abort()
  else if (request.type === 'call') void answer(request)
  else if (request.unit.language === 'typescript') void load(request.unit)
}

async function load(wanted: NodeUnit): Promise<void> {
  unit = wanted
  running = { workFolder: process.cwd(), stop: new AbortController() }
  try {
    code = await loadCode(wanted)
    finish({ type: 'done', output: null, reusable: true })
  } catch (error) {
    finishWith(error, 'task-not-loadable')
  }
}

async function answer({ input, workFolder, seed }: Call): Promise<void> {
  const held = countResources()
  const stop = new AbortController()
  running = { workFolder, stop }
  try {
    if (code === undefined) throw new Error('no unit is loaded')
    enter(workFolder)
    const output = await runCode(code, input, { seed, signal: stop.signal, log })
    const reusable = holdsNoMoreThan(held)
    finishWithin({ type: 'done', output, reusable })
  } catch (error) {
    finishWith(error)
  }
}

/** The working folder, and an environment without what an earlier call may have put there. */
function enter(workFolder: string): void {
  mkdirSync(workFolder, { recursive: true })
  process.chdir(workFolder)
  for (const name of Object.keys(process.env)) if (!allowed.has(name)) delete process.env[name]
  // Setting one costs ten times as much as a look, and TZ has the time zone read anew.
  for (const [name, value] of allowed) if (process.env[name] !== value) process.env[name] = value
  process.env['HOME'] = workFolder
  process.env['TMPDIR'] = workFolder
}

function log(fields: unknown): void {
  send({ type: 'log', text: JSON.stringify(fields) ?? 'null' })
}

function finishWithin(message: FromChild): void {
  const line = `${JSON.stringify(message)}\n`
  if (Buffer.byteLength(line) <= LONGEST_LINE) return finish(message, line)
  const text = ` output: expected up to ${LONGEST_LINE} bytes of JSON, got ${Buffer.byteLength(line)}; return a file instead`
  finish({ type: 'fault', fault: { code: 'task-output-too-large', text }, reusable: true })
}

function finishWith(error: unknown, as: ChildFault['code'] = 'task-threw'): void {
  if (running === undefined) die()
  else if (error instanceof Refused) finish({ type: 'fault', fault: error.fault, reusable: true })
  else finish({ type: 'fault', fault: { ...thrownFault(error, { unit, ...running }), code: as }, reusable: false })
}

function finish(message: FromChild, line = `${JSON.stringify(message)}\n`): void {
  if (running === undefined) return
  running = undefined
  // What was printed before has to be read before the answer is.
  if (process.stdout.writableLength + process.stderr.writableLength === 0) return void channel.write(line)
  process.stdout.write('', () => process.stderr.write('', () => channel.write(line)))
}

function send(message: FromChild): void {
  channel.write(`${JSON.stringify(message)}\n`)
}

/** Timers, sockets, child processes and the like that keep the event loop alive, by kind. */
function countResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** The close of a file that was written is still on its way when the write is told as done; nothing comes of it. */
const PASSING = 'CloseReq'

function holdsNoMoreThan(before: ReadonlyMap<string, number>): boolean {
  return [...countResources()].every(([kind, count]) => kind === PASSING || count <= (before.get(kind) ?? 0))
}

function die(): void {
  process.kill(-process.pid, 'SIGKILL')
}

import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { spawnOnLifeline, type LifelineProcess } from '../cli/dev/lifeline.ts'
import { engineProgram } from '../store/engine-program.ts'
import { quotePath, withDuckDb } from '../data/duckdb.ts'
import type { Served } from '../store/generation.ts'
import { openStore } from '../store/open-store.ts'
import { services, type SignedGeneration } from '../store/services.ts'
import { createKey } from '../store/signing/keys.ts'
import { AS_OF, flightModel, type FlightModel } from './gateway-model.ts'
import { median, type Figure } from './measure.ts'

const CONNECTIONS = 32
const TURNS = 5
const TURN_SECONDS = 4
const SWAPS = 20
const REQUESTS = 500_000
const MIB = 2 ** 20

interface Side {
  readonly process: LifelineProcess
  readonly address: string
  readonly bodies: readonly string[]
}

interface Turn {
  readonly perSecond: number
  readonly p99: number
}

/**
 * Our gateway with history features, checks, metrics and log, from a store of its own; beside it a bare Fastify server over
 * features that the client has made, with the same model of 100 trees. Both are processes of their own and take turns.
 */
export async function gateway(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-bench-'))
  const before = process.cwd()
  process.chdir(folder)
  try {
    const store = openStore(join(folder, 'store'))
    const signer = await createKey(join(folder, 'keys'))
    const model = await flightModel(folder, { store, signer })
    const versions = [await model.register(), await model.register()]
    let previous: SignedGeneration | null = null
    const publish = async (stable: Served | undefined): Promise<void> => {
      const clock = { eventOrigin: new Date(AS_OF).toISOString(), wallOrigin: STARTED, scale: 1 }
      const key = `generation-${previous?.state.generation ?? 0}`
      const draft = {
        service: 'flight-delay',
        stable: stable ?? null,
        candidate: null,
        until: null,
        salt: '',
        clock,
        key,
        cause: 'direct',
        by: 'bench',
        evidence: null,
      } as const
      const published = await services(store.objects).publish(draft, { previous, signer })
      if (published !== 'conflict') previous = published
    }
    await publish(versions[0])
    const sides = await startSides(folder, model)
    try {
      return await measured(sides, async (swap) => publish(versions[swap % 2]))
    } finally {
      await Promise.all([sides.ours.process.stop(), sides.peer.process.stop()])
    }
  } finally {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  }
}

const STARTED = new Date().toISOString()

interface Sides {
  readonly ours: Side
  readonly peer: Side
}

async function startSides(folder: string, { table, spec, onnx }: FlightModel): Promise<Sides> {
  const env = {
    ...process.env,
    ANNEAL_STATE_FOLDER: join(folder, 'state'),
    ANNEAL_STORE: join(folder, 'store'),
    ANNEAL_KEYS: join(folder, 'keys'),
  }
  const features = spec.features.map(({ name, type }) => ({ name, type }))
  const rows = await rowsOf(table)
  const [ours, peer] = await Promise.all([
    start([...engineProgram('cli/main.ts'), 'serve', '--port', '0', '--json'], { folder, env }),
    start([...engineProgram('bench/bare/gateway.ts'), onnx, JSON.stringify(features)], { folder, env }),
  ])
  return {
    ours: { ...ours, bodies: rows.map((row) => bodyOf(row, ['distance', 'origin', 'destination'])) },
    peer: {
      ...peer,
      bodies: rows.map((row) =>
        bodyOf(
          row,
          features.map(({ name }) => name),
        ),
      ),
    },
  }
}

type Row = Readonly<Record<string, unknown>>

function bodyOf(row: Row, names: readonly string[]): string {
  return JSON.stringify({ inputs: names.map((name) => tensor(name, row[name])) })
}

function tensor(name: string, value: unknown): object {
  return { name, datatype: typeof value === 'string' ? 'BYTES' : 'FP32', shape: [1], data: [value] }
}

async function rowsOf(table: string): Promise<readonly Row[]> {
  return withDuckDb({ memoryMib: 500, threads: 1 }, async (connection) => {
    const read = await connection.runAndReadAll(
      `SELECT * EXCLUDE ("$time", "$row") FROM read_parquet(${quotePath(table)}) ORDER BY "$time" DESC, origin LIMIT 1000`,
    )
    return read.getRowObjectsJS()
  })
}

async function start(
  command: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<Omit<Side, 'bodies'>> {
  let written = ''
  return new Promise((resolve, reject) => {
    const child = spawnOnLifeline(command, {
      cwd: folder,
      env,
      output: (chunk) => {
        appendFileSync(join(folder, 'output.log'), chunk)
        written += chunk.toString('utf8')
        const said = /^\{"ready":true.*\}$/m.exec(written)?.[0]
        if (said !== undefined)
          resolve({ process: child, address: (JSON.parse(said) as { readonly address: string }).address })
      },
    })
    void child.ended.then((how) => reject(new Error(`server: expected it to stay, got ${how}\n${written}`)))
  })
}

interface Shot extends Turn {
  /** Requests without an answer of 200. */
  readonly others: number
}

/** Autocannon's own percentiles are whole milliseconds. */
async function shoot(
  { address, bodies }: Side,
  limit: { readonly duration: number } | { readonly amount: number },
): Promise<Shot> {
  const headers = { 'content-type': 'application/json' }
  const path = '/v2/models/flight-delay/infer'
  const requests = bodies.map((body) => ({ method: 'POST' as const, path, headers, body }))
  const millis: number[] = []
  const {
    requests: seen,
    non2xx,
    errors,
  } = await new Promise<autocannon.Result>((resolve, reject) => {
    const ended = (error: Error | null, result: autocannon.Result): void =>
      error === null ? resolve(result) : reject(error)
    const running = autocannon({ url: address, connections: CONNECTIONS, requests, ...limit }, ended)
    running.on('response', (_client, _status, _bytes, took) => millis.push(took))
  })
  const p99 = millis.toSorted((one, other) => one - other)[Math.floor(millis.length * 0.99)] ?? Number.NaN
  return { perSecond: seen.average, p99, others: non2xx + errors }
}

async function answersOnly(
  side: Side,
  limit: { readonly duration: number } | { readonly amount: number },
): Promise<Turn> {
  const { others, ...turn } = await shoot(side, limit)
  if (others > 0) throw new Error(`${side.address}: expected answers only, got ${others} others`)
  return turn
}

function turnOf(side: Side): Promise<Turn> {
  return answersOnly(side, { duration: TURN_SECONDS })
}

async function measured({ ours, peer }: Sides, swap: (number: number) => Promise<void>): Promise<Figure> {
  const started = residentMib(ours)
  const turns: { readonly ours: Turn; readonly peer: Turn }[] = []
  // The first turns warm both up.
  for (let turn = 0; turn < TURNS + 1; turn += 1) turns.push({ ours: await turnOf(ours), peer: await turnOf(peer) })
  const warm = residentMib(ours)
  let half = warm
  for (let number = 1; number <= SWAPS; number += 1) {
    await swap(number)
    await answersOnly(ours, { amount: REQUESTS / SWAPS })
    if (number === SWAPS / 2) half = residentMib(ours)
  }
  const end = residentMib(ours)
  const [own, bare] = [medianOf(turns, 'ours', 'perSecond'), medianOf(turns, 'peer', 'perSecond')]
  const [ownP99, bareP99] = [medianOf(turns, 'ours', 'p99'), medianOf(turns, 'peer', 'p99')]
  return {
    case: 'gateway',
    ours: own,
    peer: bare,
    ratio: own / bare,
    unit: 'requests/s',
    bound: 'ratio >= 0.6',
    details: [
      `p99: ours ${ownP99.toFixed(1)} ms, peer ${bareP99.toFixed(1)} ms, ratio ${(ownP99 / bareP99).toFixed(2)} (bound 2)`,
      `resident with its model process: ${started} MiB at the start, ${warm} MiB warm, ${half} MiB half-way, ${end} MiB after ${REQUESTS} requests and ${SWAPS} swaps`,
    ],
  }
}

function medianOf(
  turns: readonly { readonly ours: Turn; readonly peer: Turn }[],
  side: 'ours' | 'peer',
  of: keyof Turn,
): number {
  return median(turns.slice(1).map((turn) => turn[side][of]))
}

/** Of the process group's own programs, in MiB: the gateway and its children. */
function residentMib({ process: { pid } }: Side): number {
  return Math.round(familyOf(pid).reduce((sum, one) => sum + residentOf(one), 0))
}

function familyOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return [pid, ...children.flatMap(familyOf)]
}

function residentOf(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return (pages * 4096) / MIB
}

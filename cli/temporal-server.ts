import { mkdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { type LifelineProcess, spawnOnLifeline } from './dev/lifeline.ts'
import { CliError } from './errors.ts'
import { keepHistories, SEARCH_ATTRIBUTES } from './temporal-namespace.ts'

export interface TemporalServerOptions {
  /** From `findTemporalBinary`. */
  readonly binary: string
  /** The SQLite file; its folder is made. A server that was killed goes on from it. */
  readonly dbFile: string
  /** Of the gRPC endpoint, on 127.0.0.1. */
  readonly port: number
  /** Of the web page, on 127.0.0.1. Without it there is none. */
  readonly uiPort?: number
  /** Made when it is not there. Default: `default`. */
  readonly namespace?: string
  /** What the server writes; warnings and errors only, after a banner. */
  readonly output: (chunk: Buffer) => void
}

export interface TemporalServer extends LifelineProcess {
  /** `127.0.0.1:<port>`. */
  readonly address: string
  readonly uiUrl?: string
}

const REMEDY_PORT =
  'end that program, or choose other ports: ANNEAL_DEV_PORT and ANNEAL_DEV_UI_PORT, or `dev` in anneal.config.json'
const READY_WITHIN_MILLIS = 60_000

// As shipped a chained activity costs 102 ms, with these 11 ms: measured on two cores. Partitions forward tasks to each other.
const TUNING = [
  ...['journal_mode=WAL', 'synchronous=NORMAL'].flatMap((pragma) => ['--sqlite-pragma', pragma]),
  ...[
    'history.transferProcessorMaxPollRPS=5000',
    'system.enableActivityEagerExecution=true',
    'matching.numTaskqueueReadPartitions=1',
    'matching.numTaskqueueWritePartitions=1',
  ].flatMap((value) => ['--dynamic-config-value', value]),
]

/**
 * Starts Temporal's development server and answers when the namespace does. It dies with this process, SIGKILL
 * included. Throws `CliError`: `port-in-use`, `temporal-unreachable`.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const { port, uiPort, namespace = 'default' } = options
  await Promise.all([port, ...(uiPort === undefined ? [] : [uiPort])].map((each) => expectFree(each)))
  await mkdir(dirname(options.dbFile), { recursive: true })
  const tail = new OutputTail()
  const server = spawnOnLifeline([options.binary, ...argumentsOf(options)], {
    output: (chunk) => {
      tail.add(chunk)
      options.output(chunk)
    },
  })
  const address = `127.0.0.1:${port}`
  const ended = server.ended.then((how) => ({ how }))
  const answer = await Promise.race([untilItAnswers(address, namespace), ended])
  if (answer !== 'ready') {
    server.kill()
    const got = answer === 'late' ? `nothing for ${READY_WITHIN_MILLIS / 1000} s` : `its end (${answer.how})`
    throw new CliError('temporal-unreachable', {
      message: `temporal server: expected an answer at '${address}', got ${got}`,
      details: tail.lines(),
      remedy: 'read what it wrote above; a damaged database can be moved away, which loses open runs',
    })
  }
  return { ...server, address, ...(uiPort !== undefined && { uiUrl: `http://127.0.0.1:${uiPort}` }) }
}

/** A port of 127.0.0.1 that nothing listened on a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

/** Throws `port-in-use`. */
export function expectFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (cause) => {
      reject(
        new CliError('port-in-use', {
          message: `port ${port}: expected it to be free, got another program listening on 127.0.0.1:${port}`,
          remedy: REMEDY_PORT,
          cause,
        }),
      )
    })
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })
}

function argumentsOf({ dbFile, port, uiPort, namespace = 'default' }: TemporalServerOptions): readonly string[] {
  const ui = uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-ip', '127.0.0.1']
  const where = ['--ip', '127.0.0.1', '--port', String(port), ...ui]
  const what = ['--db-filename', dbFile, '--namespace', namespace, '--log-level', 'warn']
  return [
    'server',
    'start-dev',
    ...where,
    ...what,
    ...TUNING,
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ]
}

async function untilItAnswers(address: string, namespace: string): Promise<'ready' | 'late'> {
  const deadline = Date.now() + READY_WITHIN_MILLIS
  while (Date.now() < deadline) {
    if (await answers(address, namespace)) return 'ready'
    await delay(50)
  }
  return 'late'
}

async function answers(address: string, namespace: string): Promise<boolean> {
  // A gRPC connection that is refused waits a second before it tries again; a bare one tells at once.
  if (!(await accepts(address))) return false
  let connection: Connection | undefined
  try {
    connection = await Connection.connect({ address, connectTimeout: 1000 })
    await keepHistories(connection, namespace)
    return true
  } catch {
    // Not yet: the caller asks again until its deadline.
    return false
  } finally {
    await connection?.close()
  }
}

function accepts(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) })
    const answer = (open: boolean): void => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
  })
}

/** The last 4 KiB that a process wrote. */
class OutputTail {
  private text = ''

  add(chunk: Buffer): void {
    this.text = (this.text + chunk.toString('utf8')).slice(-4096)
  }

  lines(): readonly string[] {
    return this.text.trimEnd().split('\n').slice(-10)
  }
}

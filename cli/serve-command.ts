import { loadSettings } from '../config/settings.ts'
import { servicePages } from '../console/service-pages.ts'
import { ServingError } from '../serving/errors.ts'
import { startGateway, type Gateway } from '../serving/gateway.ts'
import { CliError } from './errors.ts'

export interface ServeOptions {
  readonly service: readonly string[]
  readonly port: number
  readonly host: string
  /** Milliseconds. */
  readonly maxSkew: number
  readonly json?: boolean
}

/** What is under way ends within it. */
const DRAIN_MILLIS = 10_000

/** `anneal serve`: a gateway in the foreground until Ctrl-C or SIGTERM; then it drains. Answers the exit code. */
export async function serveCommand({ service, port, host, maxSkew, json = false }: ServeOptions): Promise<number> {
  const { store, keys, stateFolder } = loadSettings()
  const gateway = await start({
    store,
    keys,
    stateFolder,
    only: service,
    port,
    host,
    maxSkewMillis: maxSkew,
    report,
    pages: servicePages,
  })
  const { name, address } = gateway
  process.stdout.write(
    json
      ? `${JSON.stringify({ ready: true, gateway: name, address, pid: process.pid })}\n`
      : `anneal serve is ready at ${address}/v2, pages at ${address}/services\n`,
  )
  await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
  setTimeout(() => process.exit(0), DRAIN_MILLIS).unref()
  await gateway.close()
  return 0
}

/** A fact a line, for whoever keeps logs. */
function report(fact: object): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), ...fact })}\n`)
}

async function start(options: Parameters<typeof startGateway>[0]): Promise<Gateway> {
  try {
    return await startGateway(options)
  } catch (error) {
    if (error instanceof ServingError) {
      const [message = '', remedy = 'see `anneal serve --help`'] = error.message.split('; ')
      throw new CliError('usage', { message, remedy })
    }
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new CliError('port-in-use', {
        message: `port ${options.port}: expected a free one, got one in use`,
        remedy: 'name another one by --port; 0 is a free one',
      })
    }
    throw error
  }
}

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { liveDevRecord } from './dev-record.ts'
import { environmentFaults, fromEnvironment } from './environment.ts'
import { ConfigError, type ConfigFault } from './errors.ts'
import { faultsOf } from './faults.ts'

const CONFIG_FILE = 'anneal.config.json'

/** Everything that can be set, read once by a process and passed down. All paths are absolute. */
export interface Settings {
  /** The project: the nearest folder upwards that holds `anneal.config.json`, else `package.json`, else where the command runs. */
  readonly root: string
  /** Default: `.anneal` in the project. */
  readonly stateFolder: string
  /** Folder of the object store. Default: `store` in the state folder. */
  readonly store: string
  /** Folder of the signing key and of the public keys whose signatures count, never in the store. Default: `keys` in the state folder. */
  readonly keys: string
  readonly temporal: TemporalSettings
  /** Base task queue; `<queue>-data`, `<queue>-cpu` and `<queue>-gpu` follow. Default: `anneal`. */
  readonly queue: string
  /**
   * Name by which Temporal tells workers of several builds apart: a run stays with workers of the build that it began on.
   * Default: none; a run goes on with whatever worker there is.
   */
  readonly deployment?: string
  /** How long a claim holds that nobody renews. Default: 15,000. */
  readonly leaseMillis: number
  /** How long a candidate's share of a service's traffic holds that nobody renews. Default: 30,000. */
  readonly trafficLeaseMillis: number
  /** Whether approvals by keys of a demonstration count. Default: false; `anneal dev` says true to its worker. */
  readonly demoKeys: boolean
  /** Whether a worker takes what is for a GPU as well, one piece of work at a time. Default: false. */
  readonly gpu: boolean
  /** Where a worker serves `/metrics`, on 127.0.0.1. Default: nowhere; `anneal dev` picks a free one. */
  readonly metricsPort?: number
  readonly dev: DevSettings
}

export interface TemporalSettings {
  /** `host:port`. */
  readonly address: string
  /** Who said so, the strongest first. `dev` is a running `anneal dev` of this project, `default` is 127.0.0.1:7233. */
  readonly addressFrom: 'environment' | 'config' | 'dev' | 'default'
  /** Default: `default`. */
  readonly namespace: string
  readonly tls?: TlsSettings
  /** A function, so that printing the settings cannot print the key. */
  readonly apiKey?: () => string
}

/** An empty object is TLS by the system's own certificate authorities. */
export interface TlsSettings {
  readonly serverName?: string
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
}

/** Where `anneal dev` listens, on 127.0.0.1. */
export interface DevSettings {
  /** Default: 7233. */
  readonly port: number
  /** Default: 8233. */
  readonly uiPort: number
  /** No web page. Default: false. */
  readonly headless: boolean
}

const port = z.int().min(1).max(65_535)
const address = z.string().regex(/^[^\s:/]+:\d{1,5}$|^\[[\da-fA-F:]+\]:\d{1,5}$/, 'host:port')
const path = z.string().min(1)

const file = z.strictObject({
  $schema: z.string().exactOptional(),
  stateFolder: path.exactOptional(),
  store: path.exactOptional(),
  keys: path.exactOptional(),
  temporal: z
    .strictObject({
      address: address.exactOptional(),
      namespace: z.string().min(1).exactOptional(),
      tls: z
        .union([
          z.boolean(),
          z.strictObject({
            /** The name in the server's certificate. */
            serverName: z.string().exactOptional(),
            caFile: path.exactOptional(),
            certFile: path.exactOptional(),
            keyFile: path.exactOptional(),
          }),
        ])
        .exactOptional(),
    })
    .exactOptional(),
  queue: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'letters, digits, `.`, `_`, `-`, at most 64')
    .exactOptional(),
  deployment: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'letters, digits, `_`, `-`, at most 64')
    .exactOptional(),
  leaseMillis: z.int().min(1000).max(3_600_000).exactOptional(),
  trafficLeaseMillis: z.int().min(2000).max(3_600_000).exactOptional(),
  demoKeys: z.boolean().exactOptional(),
  gpu: z.boolean().exactOptional(),
  metricsPort: port.exactOptional(),
  dev: z
    .strictObject({ port: port.exactOptional(), uiPort: port.exactOptional(), headless: z.boolean().exactOptional() })
    .exactOptional(),
})

/** What `anneal.config.json` may say. */
export type ConfigFile = z.infer<typeof file>

export interface SettingsSource {
  /** Where to look for the project from. Default: the working directory. */
  readonly from?: string
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv
}

/** Reads the settings: environment before file before defaults. Throws `ConfigError` with every fault. */
export function loadSettings({ from = process.cwd(), env = process.env }: SettingsSource = {}): Settings {
  const root = rootFrom(resolve(from))
  const parsed = file.safeParse(readConfig(root), { reportInput: true })
  const fromEnv = file.safeParse(fromEnvironment(env), { reportInput: true })
  const faults: readonly ConfigFault[] = [
    ...halfPair({ ...tlsOf(parsed.data), ...tlsOf(fromEnv.data) }),
    ...(parsed.success ? [] : faultsOf(parsed.error, (key) => `${CONFIG_FILE}: ${key}`)),
    ...environmentFaults(env, fromEnv.error),
  ]
  if (!parsed.success || !fromEnv.success || faults.length > 0) throw new ConfigError(faults)
  return settle({ root, env }, { config: parsed.data, environment: fromEnv.data })
}

/** A client's certificate is of no use without its key, nor the other way round. */
function halfPair(tls: TlsSettings): readonly ConfigFault[] {
  if ((tls.certFile === undefined) === (tls.keyFile === undefined)) return []
  const [where, other] = tls.keyFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile']
  const remedy = `name both files, or delete temporal.tls.${other}`
  return [{ where: `temporal.tls.${where}`, expected: `a file to go with ${other}`, got: 'nothing', remedy }]
}

function tlsOf(said: ConfigFile | undefined): TlsSettings {
  const tls = said?.temporal?.tls
  return typeof tls === 'object' ? tls : {}
}

function settle(
  { root, env }: { readonly root: string; readonly env: NodeJS.ProcessEnv },
  { config, environment }: { readonly config: ConfigFile; readonly environment: ConfigFile },
): Settings {
  const said = { ...config, ...environment }
  const stateFolder = resolve(root, said.stateFolder ?? '.anneal')
  const temporal = { ...config.temporal, ...environment.temporal }
  const tls = temporal.tls === true ? {} : temporal.tls || undefined
  const apiKey = env['TEMPORAL_API_KEY']
  return {
    root,
    stateFolder,
    store: resolve(root, said.store ?? join(stateFolder, 'store')),
    keys: resolve(root, said.keys ?? join(stateFolder, 'keys')),
    temporal: {
      ...addressOf({ config, environment }, stateFolder),
      ...(tls && { tls: absolute(tls, root) }),
      ...(apiKey && { apiKey: () => apiKey }),
    },
    queue: said.queue ?? 'anneal',
    ...(said.deployment !== undefined && { deployment: said.deployment }),
    leaseMillis: said.leaseMillis ?? 15_000,
    trafficLeaseMillis: said.trafficLeaseMillis ?? 30_000,
    demoKeys: said.demoKeys ?? false,
    gpu: said.gpu ?? false,
    ...(said.metricsPort !== undefined && { metricsPort: said.metricsPort }),
    dev: { port: 7233, uiPort: 8233, headless: false, ...config.dev, ...environment.dev },
  }
}

type Addressed = Pick<TemporalSettings, 'address' | 'addressFrom' | 'namespace'>

function addressOf(
  { config, environment }: { readonly config: ConfigFile; readonly environment: ConfigFile },
  stateFolder: string,
): Addressed {
  const live = liveDevRecord(stateFolder)
  const namespace = environment.temporal?.namespace ?? config.temporal?.namespace ?? 'default'
  if (environment.temporal?.address)
    return { address: environment.temporal.address, addressFrom: 'environment', namespace }
  if (config.temporal?.address) return { address: config.temporal.address, addressFrom: 'config', namespace }
  if (live?.address) {
    const lives = environment.temporal?.namespace ?? live.namespace ?? namespace
    return { address: live.address, addressFrom: 'dev', namespace: lives }
  }
  return { address: '127.0.0.1:7233', addressFrom: 'default', namespace }
}

function absolute(tls: TlsSettings, root: string): TlsSettings {
  const { serverName, ...files } = tls
  const paths = Object.entries(files).map(([name, value]) => [name, resolve(root, value)] as const)
  return { ...(serverName && { serverName }), ...Object.fromEntries(paths) }
}

function rootFrom(folder: string): string {
  const upwards: string[] = [folder]
  for (let at = folder; dirname(at) !== at; at = dirname(at)) upwards.push(dirname(at))
  const having = (name: string): string | undefined => upwards.find((each) => existsSync(join(each, name)))
  return having(CONFIG_FILE) ?? having('package.json') ?? folder
}

function readConfig(root: string): unknown {
  const name = join(root, CONFIG_FILE)
  if (!existsSync(name)) return {}
  try {
    return JSON.parse(readFileSync(name, 'utf8'))
  } catch (cause) {
    const got = cause instanceof SyntaxError ? `'${cause.message}'` : 'a file that cannot be read'
    throw new ConfigError(
      [{ where: CONFIG_FILE, expected: 'a JSON object', got, remedy: 'mend the file or delete it' }],
      {
        cause,
      },
    )
  }
}

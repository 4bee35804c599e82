import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { loadSettings, type Settings } from '../../config/settings.ts'
import { freePort } from '../temporal-server.ts'

/** Leases short enough to wait for. */
const LEASE_MILLIS = 2000

/** Where one run goes on, apart from all others: a state folder, a server's port, settings and environment that say so. */
export interface Place {
  readonly folder: string
  /** Of the server. */
  readonly port: number
  readonly settings: Settings
  /** For the worker. */
  readonly env: NodeJS.ProcessEnv
}

/** `root`: of the project, whose files the run reads. `origin`: a state folder to begin with, by default an empty one. */
export async function layPlace(folder: string, { root, origin }: { root: string; origin?: string }): Promise<Place> {
  if (origin === undefined) await mkdir(folder, { recursive: true })
  else await cp(origin, folder, { recursive: true, filter: (path) => path !== join(origin, 'store/tmp') })
  const [port, metricsPort] = [await freePort(), await freePort()]
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:ANNEAL_(?!GPU)|TEMPORAL_)/.test(name))),
    ANNEAL_STATE_FOLDER: folder,
    ANNEAL_STORE: join(folder, 'store'),
    ANNEAL_KEYS: join(folder, 'keys'),
    ANNEAL_LEASE_MILLIS: String(LEASE_MILLIS),
    ANNEAL_DEMO_KEYS: 'true',
    ANNEAL_METRICS_PORT: String(metricsPort),
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_TLS: 'false',
  }
  return { folder, port, env, settings: loadSettings({ from: root, env }) }
}

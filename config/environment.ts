import type { z } from 'zod'
import type { ConfigFault } from './errors.ts'
import { faultsOf } from './faults.ts'

/** Variable, where in the file its setting stands, how its text becomes a value. */
const VARIABLES: readonly (readonly [name: string, path: string, kind: 'text' | 'number' | 'boolean'])[] = [
  ['ANNEAL_STATE_FOLDER', 'stateFolder', 'text'],
  ['ANNEAL_STORE', 'store', 'text'],
  ['ANNEAL_KEYS', 'keys', 'text'],
  ['ANNEAL_QUEUE', 'queue', 'text'],
  ['ANNEAL_DEPLOYMENT', 'deployment', 'text'],
  ['ANNEAL_LEASE_MILLIS', 'leaseMillis', 'number'],
  ['ANNEAL_TRAFFIC_LEASE_MILLIS', 'trafficLeaseMillis', 'number'],
  ['ANNEAL_DEMO_KEYS', 'demoKeys', 'boolean'],
  ['ANNEAL_GPU', 'gpu', 'boolean'],
  ['ANNEAL_METRICS_PORT', 'metricsPort', 'number'],
  ['ANNEAL_DEV_PORT', 'dev.port', 'number'],
  ['ANNEAL_DEV_UI_PORT', 'dev.uiPort', 'number'],
  ['ANNEAL_DEV_HEADLESS', 'dev.headless', 'boolean'],
  ['TEMPORAL_ADDRESS', 'temporal.address', 'text'],
  ['TEMPORAL_NAMESPACE', 'temporal.namespace', 'text'],
  ['TEMPORAL_TLS', 'temporal.tls', 'boolean'],
  ['TEMPORAL_TLS_SERVER_NAME', 'temporal.tls.serverName', 'text'],
  ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', 'temporal.tls.caFile', 'text'],
  ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'temporal.tls.certFile', 'text'],
  ['TEMPORAL_TLS_CLIENT_KEY_PATH', 'temporal.tls.keyFile', 'text'],
]

interface Tree {
  [key: string]: unknown
}

/** The environment in the shape of the file, unchecked. A variable that is empty counts as absent. */
export function fromEnvironment(env: NodeJS.ProcessEnv): unknown {
  const root: Tree = {}
  for (const [name, path, kind] of VARIABLES) {
    const text = env[name]
    if (text) put(root, path.split('.'), kind === 'text' ? text : valueOf(text))
  }
  return root
}

/** Faults of variables that are set, and of `ANNEAL_` ones that mean nothing. */
export function environmentFaults(env: NodeJS.ProcessEnv, error: z.ZodError | undefined): readonly ConfigFault[] {
  const known: readonly string[] = VARIABLES.map(([name]) => name)
  const ours = known.filter((name) => name.startsWith('ANNEAL_'))
  const strangers = Object.keys(env).filter((name) => name.startsWith('ANNEAL_') && !ours.includes(name))
  return [
    ...(error ? faultsOf(error, (path) => VARIABLES.find(([, at]) => at === path)?.[0] ?? path) : []),
    ...strangers.map((where) => ({
      where,
      expected: `one of ${ours.join(', ')}`,
      got: 'a variable that means nothing',
      remedy: 'correct its name or unset it',
    })),
  ]
}

/** `true`, `8233` as JSON reads them; any other text stays text, for the schema to refuse. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function put(tree: Tree, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    tree[key] = value
    return
  }
  const branch: Tree = {}
  const known = tree[key]
  // TEMPORAL_TLS=true besides a file name says no more than the file name.
  const next = typeof known === 'object' && known !== null ? (known as Tree) : branch
  tree[key] = next
  put(next, rest, value)
}

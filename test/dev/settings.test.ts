import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError } from '../../config/errors.ts'
import { loadSettings, type Settings } from '../../config/settings.ts'
import { identityOf, ownIdentity } from '../../store/process-identity.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'anneal-settings-'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function load({ config, env = {} }: { readonly config?: string; readonly env?: NodeJS.ProcessEnv }): Settings {
  writeFileSync(join(root, 'anneal.config.json'), config ?? '{}')
  return loadSettings({ from: root, env })
}

function faultOf(given: Parameters<typeof load>[0]): string {
  try {
    load(given)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return 'no fault'
}

const FILE = 'anneal.config.json'

const refused: readonly (readonly [config: string, message: string])[] = [
  ['{"sotre":"x"}', `${FILE}: sotre: expected a key that is known, got 'sotre'; correct its name or delete it`],
  ['{"temporal":{"adress":"x:1"}}', `${FILE}: temporal.adress: expected a key that is known, got 'adress'; correct`],
  ['{"temporal":{"apiKey":"k"}}', `got 'apiKey'; set TEMPORAL_API_KEY: secrets stay out of files`],
  ['{"temporal":{"address":"localhost"}}', `${FILE}: temporal.address: expected host:port, got 'localhost'; correct`],
  ['{"temporal":{"tls":{"caFle":"x"}}}', `${FILE}: temporal.tls.caFle: expected a key that is known, got 'caFle'`],
  ['{"temporal":{"tls":"yes"}}', `${FILE}: temporal.tls: expected true, false or an object, got 'yes'`],
  [
    '{"temporal":{"tls":{"certFile":"c.pem"}}}',
    'temporal.tls.keyFile: expected a file to go with certFile, got nothing',
  ],
  ['{"leaseMillis":10}', `${FILE}: leaseMillis: expected >= 1000, got 10; correct the value`],
  ['{"leaseMillis":1.5e9}', `${FILE}: leaseMillis: expected <= 3600000, got 1500000000`],
  ['{"leaseMillis":"15 s"}', `${FILE}: leaseMillis: expected a number, got '15 s'`],
  ['{"queue":"a b"}', `${FILE}: queue: expected letters, digits, \`.\`, \`_\`, \`-\`, at most 64, got 'a b'`],
  ['{"dev":{"port":70000}}', `${FILE}: dev.port: expected <= 65535, got 70000`],
  ['{"dev":{"headless":"no"}}', `${FILE}: dev.headless: expected a boolean, got 'no'`],
  ['{"store":""}', `${FILE}: store: expected some text, got ''`],
  ['{"keys":""}', `${FILE}: keys: expected some text, got ''`],
  ['{"keys":["a"]}', `${FILE}: keys: expected a string, got ["a"]`],
  ['[]', `${FILE}: expected an object, got []`],
  ['{"queue":', `${FILE}: expected a JSON object, got '`],
]

test.each(refused)('%s is refused with place, expectation and remedy', (config, message) => {
  expect(faultOf({ config })).toContain(message)
})

const refusedVariables: readonly (readonly [env: NodeJS.ProcessEnv, message: string])[] = [
  [{ ANNEAL_LEASE_MILLIS: 'soon' }, `ANNEAL_LEASE_MILLIS: expected a number, got 'soon'; correct the value`],
  [{ ANNEAL_DEV_PORT: '0' }, 'ANNEAL_DEV_PORT: expected >= 1, got 0'],
  [{ TEMPORAL_ADDRESS: 'nowhere' }, `TEMPORAL_ADDRESS: expected host:port, got 'nowhere'`],
  [{ ANNEAL_STROE: '/x' }, 'ANNEAL_STROE: expected one of ANNEAL_STATE_FOLDER, ANNEAL_STORE, ANNEAL_KEYS,'],
]

test.each(refusedVariables)('the environment %o is refused by the name of its variable', (env, message) => {
  expect(faultOf({ env })).toContain(message)
})

test('all faults of file and environment are told at once', () => {
  const message = faultOf({ config: '{"a":1,"leaseMillis":1}', env: { ANNEAL_DEV_PORT: '-1' } })
  expect(message.split('\n')).toHaveLength(3)
})

test('without file and environment every setting has its default', () => {
  const { temporal, queue, leaseMillis, dev, store, keys } = load({})
  expect({ temporal, queue, leaseMillis, dev, store, keys }).toEqual({
    temporal: { address: '127.0.0.1:7233', addressFrom: 'default', namespace: 'default' },
    queue: 'anneal',
    leaseMillis: 15_000,
    dev: { port: 7233, uiPort: 8233, headless: false },
    store: join(root, '.anneal/store'),
    keys: join(root, '.anneal/keys'),
  })
})

test('the environment goes before the file, and the file before the defaults', () => {
  const config =
    '{"queue":"file","store":"kept","keys":"file","temporal":{"address":"file:1","namespace":"file"},"dev":{"uiPort":5}}'
  const env = { ANNEAL_QUEUE: 'env', TEMPORAL_ADDRESS: 'env:2', ANNEAL_DEV_PORT: '6', ANNEAL_KEYS: '/env' }
  const { queue, store, keys, temporal, dev } = load({ config, env })
  expect({ queue, store, keys, temporal, dev }).toEqual({
    queue: 'env',
    store: join(root, 'kept'),
    keys: '/env',
    temporal: { address: 'env:2', addressFrom: 'environment', namespace: 'file' },
    dev: { port: 6, uiPort: 5, headless: false },
  })
})

test('the project is found from any folder in it', () => {
  load({ config: '{"queue":"found"}' })
  const below = join(root, 'a/b')
  mkdirSync(below, { recursive: true })
  expect(loadSettings({ from: below, env: {} })).toMatchObject({ root, queue: 'found' })
})

test('TLS files are found from the project, wherever the command runs', () => {
  const { temporal } = load({ env: { TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'ca.pem' } })
  expect(temporal.tls).toEqual({ caFile: join(root, 'ca.pem') })
})

test('an API key is used but never printed', () => {
  const settings = load({ env: { TEMPORAL_API_KEY: 'very-secret' } })
  expect(settings.temporal.apiKey?.()).toBe('very-secret')
  expect(JSON.stringify(settings) + inspect(settings, { depth: 9 })).not.toContain('very-secret')
})

function record(startedAt: string): void {
  mkdirSync(join(root, '.anneal'))
  const said = {
    owner: { ...ownIdentity(), startedAt },
    state: 'ready',
    address: '127.0.0.1:4242',
    namespace: 'default',
  }
  writeFileSync(join(root, '.anneal/dev.json'), JSON.stringify(said))
}

test('the address of a running anneal dev goes before the default one', () => {
  record(identityOf()?.startedAt ?? '')
  expect(load({}).temporal).toMatchObject({ address: '127.0.0.1:4242', addressFrom: 'dev' })
})

test('the record of an anneal dev that is gone counts for nothing', () => {
  record('another-life-of-this-pid')
  expect(load({}).temporal).toMatchObject({ address: '127.0.0.1:7233', addressFrom: 'default' })
})

import { readFileSync } from 'node:fs'
import { ConfigError } from './errors.ts'
import type { Settings, TlsSettings } from './settings.ts'

/** What both of Temporal's connections, the client's and the worker's, take. */
export interface TemporalConnection {
  readonly address: string
  readonly tls?: TemporalTls | true
  readonly apiKey?: string
}

interface TemporalTls {
  serverNameOverride?: string
  serverRootCACertificate?: Buffer
  clientCertPair?: { crt: Buffer; key: Buffer }
}

/** Reads the certificates. An API key implies TLS. Throws `ConfigError` where a file cannot be read. */
export function connectionOptions({ temporal }: Settings): TemporalConnection {
  const { address, tls, apiKey } = temporal
  const secured = tls ? tlsOf(tls) : apiKey !== undefined || undefined
  return { address, ...(secured && { tls: secured }), ...(apiKey && { apiKey: apiKey() }) }
}

function tlsOf({ serverName, caFile, certFile, keyFile }: TlsSettings): TemporalTls | true {
  const options: TemporalTls = {
    ...(serverName !== undefined && { serverNameOverride: serverName }),
    ...(caFile !== undefined && { serverRootCACertificate: read('temporal.tls.caFile', caFile) }),
    ...(certFile !== undefined &&
      keyFile !== undefined && {
        clientCertPair: { crt: read('temporal.tls.certFile', certFile), key: read('temporal.tls.keyFile', keyFile) },
      }),
  }
  return Object.keys(options).length === 0 ? true : options
}

function read(where: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const remedy = 'correct the path or the permissions of the file'
    throw new ConfigError([{ where, expected: 'a file that can be read', got: `'${path}'`, remedy }], { cause })
  }
}

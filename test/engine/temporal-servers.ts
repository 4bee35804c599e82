import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import { freePort, startTemporalServer } from '../../cli/temporal-server.ts'
import { aProject } from './project.ts'

export interface Server {
  readonly address: string
  /** Kills it, and starts it on the same port and database. Absent where others use it too. */
  readonly restart?: () => Promise<void>
}

/** The one that all tests share. */
export function withSharedServer(use: (server: Server) => Promise<void>): Promise<void> {
  return use({ address: inject('temporalAddress') })
}

/** One of its own, which may be killed. */
export async function withOwnServer(use: (server: Server) => Promise<void>): Promise<void> {
  const folder = await aProject({})
  const output = (chunk: Buffer): void => appendFileSync(join(folder.root, 'server.log'), chunk)
  const binary = await findTemporalBinary({ report: () => {} })
  const options = { binary, dbFile: join(folder.root, 'temporal.db'), port: await freePort(), output }
  let server = await startTemporalServer(options)
  const restart = async (): Promise<void> => {
    server.kill()
    await server.ended
    server = await startTemporalServer(options)
  }
  try {
    await use({ address: server.address, restart })
  } finally {
    server.kill()
    await server.ended
    await folder.remove()
  }
}

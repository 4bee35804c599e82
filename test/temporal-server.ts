import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findTemporalBinary } from '../cli/temporal-server-binary.ts'
import { freePort, startTemporalServer } from '../cli/temporal-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** `host:port` of the one Temporal server of this test run, namespace `default`. */
    readonly temporalAddress: string
  }
}

/** One tuned Temporal server for all test files, on a free port and a database that is gone afterwards. */
export default async function serveTemporal(project: TestProject): Promise<() => Promise<void>> {
  const binary = await findTemporalBinary({ report: (line) => process.stderr.write(`${line}\n`) })
  const folder = mkdtempSync(join(tmpdir(), 'anneal-temporal-'))
  const output = (chunk: Buffer): void => appendFileSync(join(folder, 'server.log'), chunk)
  const dbFile = join(folder, 'temporal.db')
  const server = await startTemporalServer({ binary, dbFile, port: await freePort(), output })
  project.provide('temporalAddress', server.address)
  return async () => {
    server.kill()
    await server.ended
    rmSync(folder, { recursive: true, force: true })
  }
}

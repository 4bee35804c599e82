import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import { freePort, startTemporalServer, type TemporalServer } from '../../cli/temporal-server.ts'

let folder: string
let running: TemporalServer | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anneal-server-'))
})

afterEach(async () => {
  running?.kill()
  await running?.ended
  rmSync(folder, { recursive: true, force: true })
})

async function start(port: number): Promise<TemporalServer> {
  const binary = await findTemporalBinary({ report: () => {} })
  running = await startTemporalServer({ binary, port, dbFile: join(folder, 'temporal.db'), output: () => {} })
  return running
}

test('a server that is killed goes on from its file on the same port, with what was started and the attributes', async () => {
  const port = await freePort()
  const first = await start(port)
  const connection = await Connection.connect({ address: first.address })
  const client = new Client({ connection })
  const searchAttributes = { AnnealPipeline: ['flights'] }
  await client.workflow.start('any', { taskQueue: 'none', workflowId: 'kept', searchAttributes })
  first.kill()
  expect(await first.ended).toBe('SIGKILL')

  await start(port)
  const { status, searchAttributes: kept } = await client.workflow.getHandle('kept').describe()
  await connection.close()
  expect([status.name, kept]).toEqual(['RUNNING', searchAttributes])
})

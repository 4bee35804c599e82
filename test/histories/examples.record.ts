import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { expect, it } from 'vitest'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import { freePort, startTemporalServer } from '../../cli/temporal-server.ts'
import { aStartPlace, type StartPlace } from '../start/started.ts'
import { aRecorder } from './corpus.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

/** The loop lays the data on which the next one trains. */
it.each([
  ['flight-delay', () => ['--until', '2001-04-03']],
  ['flight-delay-torch', (place: StartPlace) => withoutTorch(place)],
  ['loan-approval', () => ['pipelines/loan-approval.ts']],
  ['seattle-temperature', () => ['pipelines/seattle-temperature.ts']],
] as const)('%s', async (name, argumentsIn) => {
  const place = await aStartPlace()
  try {
    const started = place.anneal('start', '--once', ...(await argumentsIn(place)))
    const code = await started.ended
    expect(code === 0 || started.said().slice(-4000)).toBe(true)
    await recordAll(place, name)
  } finally {
    await place.remove()
  }
})

/** The environment of its network takes 5.6 GB. With other trees in its place the graph is the same. */
async function withoutTorch({ stateFolder }: StartPlace): Promise<readonly string[]> {
  const text = await readFile(join(REPOSITORY, 'pipelines/flight-delay-torch.ts'), 'utf8')
  const trees = text
    .replace(
      'trainer: torch(), params: { epochs: 4 }',
      "trainer: tabular({ algorithm: 'lightgbm' }), params: { rounds: 60 }",
    )
    .replace("'../dsl/index.ts'", JSON.stringify(join(REPOSITORY, 'dsl/index.ts')))
  const file = join(stateFolder, 'flight-delay-torch.ts')
  await writeFile(file, trees)
  return [file, '--param', 'asOf=2001-04-01T00:00:00Z']
}

/** Every workflow that the example's server knows of. */
async function recordAll({ stateFolder }: StartPlace, name: string): Promise<void> {
  const binary = await findTemporalBinary({ report: () => {} })
  const dbFile = join(stateFolder, 'temporal.db')
  const server = await startTemporalServer({ binary, dbFile, port: await freePort(), output: () => {} })
  const connection = await Connection.connect({ address: server.address })
  try {
    const client = new Client({ connection })
    const recorder = await aRecorder(`example-${name}`, client)
    for await (const { type, workflowId } of client.workflow.list()) await recorder.keep(type, workflowId)
  } finally {
    await connection.close()
    server.kill()
    await server.ended
  }
}

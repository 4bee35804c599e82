import { join } from 'node:path'
import { expect, it } from 'vitest'
import Database from 'libsql'
import { openStore } from '../../store/open-store.ts'
import { services, type SignedGeneration } from '../../store/services.ts'
import { createKey, loadSigner, trusted } from '../../store/signing/keys.ts'
import { withWorker, workplace, type Workplace } from '../cli/commands/anneal.ts'
import { eventually } from '../engine/eventually.ts'
import { layDays } from './flights.ts'
import { flightsPipeline } from './flights-pipeline.ts'

it(
  'anneal parity finds what is served to be what was trained on, by the files and by a gateway, and names what is not',
  { timeout: 180_000 },
  async () => {
    const text = flightsPipeline({ window: '3 days', rounds: 2, more: "canary: 'direct'," }).replace(
      "'2 days'",
      "'1 day'",
    )
    const place = await workplace({ 'p.ts': text })
    await createKey(join(place.project.stateFolder, 'keys'))
    await layDays(place.path('flights'), 1, 3)
    await withWorker(place)
    const unknown = await place.anneal(['parity', 'flights'])
    expect([unknown.code, unknown.stdout]).toEqual([2, ''])
    expect(unknown.stderr).toContain('service "flights" is not known')
    const gateway = await aGateway(place)
    const run = await place.anneal(['run', 'p.ts', '--param', 'asOf=2001-01-04T00:00:00Z'])
    expect([run.code, run.stderr]).toEqual([0, expect.any(String)])
    const byFiles = await place.anneal(['parity', 'flights', '--rows', '3000', '--json'])
    expect([byFiles.code, byFiles.stderr]).toEqual([0, ''])
    const { versions } = JSON.parse(byFiles.stdout) as { readonly versions: readonly { readonly compared: number }[] }
    expect(versions).toEqual([{ model: 'delay-15', version: 1, compared: expect.any(Number), skews: [] }])
    expect(versions[0]?.compared).toBeGreaterThan(2900)

    const byGateway = await place.anneal(['parity', 'flights', '--rows', '1200', '--gateway', gateway])
    expect([byGateway.code, byGateway.stderr]).toEqual([0, ''])
    expect(byGateway.stdout).toMatch(/^delay-15@1: every feature of 1\d{3} rows is what the model was trained on\n$/)

    const planted = await plantSkew(place)
    await eventually('the gateway has the next generation', () => generationOf(gateway, planted))
    for (const more of [[], ['--gateway', gateway]]) {
      const { code, stdout } = await place.anneal(['parity', 'flights', '--rows', '1200', ...more])
      expect(code).toBe(1)
      expect(stdout).toMatch(
        /^delay-15@1: 1 features differ\n {2}feature "origin_late_24h": expected what the model was trained on, got another value for \d+ of 1\d{3} rows, the first being row \d+ of the feature table\n$/,
      )
    }
    const nobody = await place.anneal(['parity', 'flights', '--gateway', 'http://127.0.0.1:9'])
    expect([nobody.code, nobody.stdout]).toEqual([3, ''])
  },
)

async function aGateway(place: Workplace): Promise<string> {
  const serving = place.start(['serve', '--port', '0', '--json'])
  let said = ''
  serving.process.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')))
  await serving.until(/"ready":true/)
  const { address } = JSON.parse(said.split('\n')[0] ?? '') as { readonly address: string }
  return address
}

async function generationOf(address: string, wanted: number): Promise<boolean> {
  const inputs = Object.entries({ distance: 100, origin: 'JFK', date: '2001-01-03T00:00:00Z' }).map(
    ([name, value]) => ({
      name,
      datatype: typeof value === 'number' ? 'INT64' : 'BYTES',
      shape: [1],
      data: [value],
    }),
  )
  const url = `${address}/v2/models/flights/versions/delay-15@1/infer`
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ inputs }) })
  const { parameters } = (await response.json()) as { readonly parameters?: { readonly generation: number } }
  return parameters?.generation === wanted
}

/** The next generation serves by online features of which one sum was changed. */
async function plantSkew({ project }: Workplace): Promise<number> {
  const { stateFolder } = project
  const store = openStore(join(stateFolder, 'store'))
  const keys = join(stateFolder, 'keys')
  const chain = services(store.objects)
  const current = await chain.current('flights', await trusted(keys))
  const previous: SignedGeneration | undefined = current !== undefined && 'value' in current ? current.value : undefined
  const { stable } = previous?.state ?? {}
  if (previous === undefined || stable?.features === null || stable === undefined || stable === null) {
    throw new Error('service: expected a model with online features')
  }
  const changed = join(stateFolder, 'changed.sqlite')
  await store.artifacts.materialize(stable.features, changed, { mode: 0o644 })
  const database = new Database(changed)
  // The last column of a page says how many were late.
  database.exec(
    'UPDATE page SET body = CAST(substr(body, 1, length(body) - 400) || zeroblob(400) AS BLOB) WHERE length(body) > 4000',
  )
  database.close()
  const features = await store.artifacts.putFile(changed)
  const { generation: _, previous: __, at: ___, ...draft } = previous.state
  const next = await chain.publish(
    { ...draft, stable: { ...stable, features }, key: 'planted' },
    { previous, signer: await loadSigner(keys) },
  )
  if (next === 'conflict') throw new Error('generation: expected no other writer')
  return next.state.generation
}

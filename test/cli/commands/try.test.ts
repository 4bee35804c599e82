import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { layDays } from '../../batch/flights.ts'
import { flightsPipeline } from '../../batch/flights-pipeline.ts'
import { openStore } from '../../../store/open-store.ts'
import { registry } from '../../../store/registry.ts'
import { normalised, withWorker, workplace } from './anneal.ts'
import { DOUBLE } from './pipelines.ts'

const AS_OF = ['--param', 'asOf=2001-01-05T00:00:00Z']
const SIGNED = `{ roles: ['owner'], quorum: 1, within: '1 day' }`

it(
  'a trial evaluates on a sample, shows gates and pages, and leaves nothing that could be promoted',
  { timeout: 120_000 },
  async () => {
    const pipeline = flightsPipeline({ auc: 0.999, rounds: 2, approval: SIGNED, more: "canary: 'direct'," })
    const place = await workplace({ 'p.ts': pipeline })
    await layDays(place.path('flights'), 1, 4)
    await withWorker(place)
    const { code, stderr } = await place.anneal(['try', 'p.ts', ...AS_OF, '--sample', '5%'])
    expect([code, normalised(stderr, place)]).toEqual([
      0,
      expect.stringMatching(/^completed in <seconds> s: 7 ran, 0 reused$/m),
    ])
    expect(stderr).toMatch(/^ {2}gate overall\.auc: would fail, 0\.\d+, at least 0\.999$/m)
    const folder = join(place.project.stateFolder, 'trials/flights')
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['evaluate.html', 'validate-flights.html']))
    const { objects, artifacts } = openStore(join(place.project.stateFolder, 'store'))
    expect(await registry(objects, artifacts).list()).toEqual([])
    const { rows } = JSON.parse(await readFile(join(folder, 'validate-flights.json'), 'utf8')) as { rows: number }
    // Of four days with some 16,000 flights each.
    expect(rows).toBeGreaterThan(2800)
    expect(rows).toBeLessThan(3600)
    const { stdout } = await place.anneal(['try', 'p.ts', ...AS_OF, '--sample', '5%', '--json'])
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'ended', ran: 0, reused: 7 })
  },
)

it('a share that is none is refused before anything else', async () => {
  const place = await workplace({ 'p.ts': DOUBLE })
  for (const sample of ['0%', '101%', '0.5', 'much']) {
    const { code, stderr } = await place.anneal(['try', 'p.ts', '--sample', sample])
    expect([code, stderr]).toEqual([2, expect.stringContaining('expected a share above 0%, at most 100%, as 1%')])
  }
  expect(await place.stored()).toEqual([])
})

it('with --watch a trial is made whenever code is saved', async () => {
  const place = await withWorker(await workplace({ 'p.ts': DOUBLE }))
  const trying = place.start(['try', 'p.ts', '--watch'])
  await trying.until(/1 ran, 0 reused[^]*waiting for code to be saved/)
  await appendFile(place.path('p.ts'), '// saved\n')
  await trying.until(/waiting for code[^]*1 reused[^]*waiting for code/)
  trying.process.kill('SIGINT')
  expect(await trying.said).toMatchObject({ code: 0 })
})

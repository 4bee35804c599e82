import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStore } from '../../store/open-store.ts'
import { registry } from '../../store/registry.ts'
import { normalised, withWorker, workplace } from '../cli/commands/anneal.ts'
import { layDays } from './flights.ts'
import { flightsPipeline } from './flights-pipeline.ts'

it(
  'a gate that does not pass ends `anneal run` with code 1 before registration, and says which',
  { timeout: 180_000 },
  async () => {
    const place = await workplace({ 'p.ts': flightsPipeline({ auc: 0.999, rounds: 2 }) })
    await layDays(place.path('flights'), 1, 4)
    await withWorker(place)
    const { code, stdout, stderr } = await place.anneal(['run', 'p.ts', '--param', 'asOf=2001-01-05T00:00:00Z'])
    expect([code, stdout]).toEqual([1, ''])
    const [verdict, node, gate, remedy] = normalised(stderr, place).trimEnd().split('\n').slice(-4)
    expect(verdict).toMatch(/^gates-failed in <seconds> s: 8 ran, 0 reused$/)
    expect(node).toBe('register')
    expect(gate).toMatch(/^ {2}gate overall\.auc: expected at least 0\.999, got 0\.[56]\d+$/)
    expect(remedy).toMatch(/^ {2}remedy {4}see all of it with `anneal reports \S+ FOLDER`;/)
    const { objects, artifacts } = openStore(join(place.project.stateFolder, 'store'))
    expect(await registry(objects, artifacts).list()).toEqual([])
  },
)

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { artifactKey } from '../../store/artifacts.ts'
import { createKey } from '../../store/signing/keys.ts'
import { canaryPipeline } from '../canary/canary-pipeline.ts'
import { type Said, withWorker, workplace } from '../cli/commands/anneal.ts'
import { layDays } from './flights.ts'

const AS_OF = ['--param', 'asOf=2001-01-04T00:00:00Z']

it('refuses what cannot be asked of a service at this moment, each by its code', { timeout: 300_000 }, async () => {
  const held =
    "{ traffic: ['20%', '100%'], hold: '1 hour', rollbackOn: { errorRate: atMost(0.02), p99Millis: atMost(100) } }"
  const place = await workplace({
    'first.ts': canaryPipeline({ service: 'flights', canary: "'direct'" }),
    'second.ts': canaryPipeline({ service: 'flights', rounds: 4, canary: held }),
  })
  await createKey(join(place.project.stateFolder, 'keys'))
  await layDays(place.path('flights'), 1, 3)
  await withWorker(place)
  const refusal = async (code: number, ...args: readonly string[]): Promise<string> => {
    const said: Said = await place.anneal(args)
    expect([said.code, said.stdout, said.stderr]).toEqual([code, '', expect.any(String)])
    return said.stderr
  }
  expect((await place.anneal(['run', 'first.ts', ...AS_OF, '--speed', '1000000'])).code).toBe(0)
  expect(await refusal(2, 'rollback', 'flights', '--reason', 'why')).toMatchInlineSnapshot(`
    "error nothing-to-roll-back: service "flights" has nothing to go back to
      expected  a model that it answered by before
      got       none
      remedy    see what it answers by with \`anneal services\`, and what it did with \`anneal audit list\`
    "
  `)
  expect(await refusal(2, 'promote', 'flights', '--as', 'ann')).toMatchInlineSnapshot(`
    "error no-canary: no canary moves the traffic of "flights"
      expected  a service whose traffic is being moved
      got       none
      remedy    see what it answers by with \`anneal services\`
    "
  `)
  expect(await refusal(3, 'parity', 'flights', '--gateway', 'http://127.0.0.1:9')).toMatchInlineSnapshot(`
    "error gateway-failed: gateway at http://127.0.0.1:9 did not answer as one
      expected  features of the rows that it was sent
      got       no answer
      remedy    start one with \`anneal serve\`, and name its address
    "
  `)
  // The service's clock is that of the run before, where a run names none.
  const fast = await refusal(1, 'run', 'second.ts', ...AS_OF)
  expect(/^ {2}node "canary.*\n.*\n/m.exec(fast)?.[0]).toMatchInlineSnapshot(`
    "  node "canary" hold: expected at least 5000 ms of wall time, got 4 ms at --speed 1000000; slow the clock down or hold longer
      code      clock-too-fast: see \`anneal explain clock-too-fast\`
    "
  `)
  const shown = JSON.parse((await place.anneal(['models', 'show', 'late@1', '--json'])).stdout) as {
    readonly training: { readonly dependencies: readonly { readonly kind: string; readonly digest: string }[] }
  }
  const table = shown.training.dependencies.find(({ kind }) => kind === 'feature-table')
  await rm(join(place.project.stateFolder, 'store', artifactKey(table?.digest ?? '')))
  expect(await refusal(2, 'parity', 'flights')).toMatchInlineSnapshot(`
    "error not-comparable: late@1: what it was trained on is not in the store
      expected  its feature table, and the manifest and parts of its dataset
      got       fewer
      remedy    run its pipeline again: this version of anneal keeps them
    "
  `)
})

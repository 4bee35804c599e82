import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort } from '../../../cli/temporal-server.ts'
import { readDevRecord } from '../../../config/dev-record.ts'
import { isAlive, type ProcessIdentity } from '../../../store/process-identity.ts'
import { normalised, workplace, type Workplace } from './anneal.ts'
import { DOUBLE } from './pipelines.ts'

const TEMPERATURE = join(import.meta.dirname, '../../../pipelines/seattle-temperature.ts')

/** A place whose server is its own: nobody names another one. */
async function ownPlace(): Promise<Workplace & { readonly own: NodeJS.ProcessEnv }> {
  const place = await workplace({ 'p.ts': DOUBLE })
  const [port, uiPort] = [await freePort(), await freePort()]
  const own = { TEMPORAL_ADDRESS: '', ANNEAL_DEV_PORT: String(port), ANNEAL_DEV_UI_PORT: String(uiPort) }
  return { ...place, own: { ...own, ANNEAL_DEV_HEADLESS: 'true' } }
}

/** Server and worker of a running `anneal dev`. */
function partsOf({ project }: Workplace): readonly ProcessIdentity[] {
  const { server, worker } = readDevRecord(project.stateFolder) ?? {}
  if (server === undefined || worker === undefined) throw new Error('expected a server and a worker on record')
  return [server, worker]
}

it(
  'brings the machinery up after a crash, finds it well, runs, and leaves nothing behind at Ctrl-C',
  { timeout: 120_000 },
  async () => {
    const { own, ...place } = await ownPlace()
    const crashed = place.start(['dev'], own)
    await crashed.until(/anneal dev is ready/)
    const before = partsOf(place)
    crashed.process.kill('SIGKILL')
    await crashed.said
    const dev = place.start(['dev'], own)
    await dev.until(/anneal dev is ready/)
    expect(before.map((part) => isAlive(part))).toEqual([false, false])
    const parts = partsOf(place)
    const second = await place.anneal(['dev'], own)
    expect(normalised(second.stderr, place).replace(/pid \d+/, 'pid <pid>')).toMatchInlineSnapshot(`
    "error already-running: anneal dev: expected none to run in this project, got one that does (pid <pid>, Temporal at '127.0.0.1:<port>')
      remedy    use that one, or stop it with Ctrl-C where it runs
    "
  `)
    const doctor = await place.anneal(['doctor', '--json'], own)
    const checks = JSON.parse(doctor.stdout) as readonly { readonly name: string; readonly outcome: string }[]
    expect(checks.filter(({ outcome }) => outcome === 'fail')).toEqual([])
    const run = await place.anneal(['run', 'p.ts'], own)
    expect(normalised(`${run.stderr}${run.stdout}`, place)).toContain('completed in <seconds> s: 1 ran, 0 reused')
    dev.process.kill('SIGINT')
    const { code, stdout, stderr } = await dev.said
    expect(code).toBe(0)
    expect(normalised(`${stdout}${stderr}`, place)).toMatchInlineSnapshot(`
    "anneal dev is ready
      temporal  127.0.0.1:<port>, namespace default
      metrics   http://127.0.0.1:<port>/metrics
      logs      <project>/.anneal/logs
      stop      Ctrl-C
    anneal dev: stopping; Ctrl-C once more ends it at once
    "
  `)
    expect(parts.map((part) => isAlive(part))).toEqual([false, false])
  },
)

it('finds in `doctor` that nothing is up, and says how to bring it up', async () => {
  const { own, ...place } = await ownPlace()
  const { code, stdout } = await place.anneal(['doctor'], own)
  expect(code).toBe(3)
  expect(normalised(stdout, place)).toMatch(
    /fail temporal server +'127\.0\.0\.1:<port>' does not answer\n +start one with `anneal dev`/,
  )
})

it('says by which lines a worker ended before it was ready, and leaves nothing behind', async () => {
  const { own, ...place } = await ownPlace()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const { code, stdout, stderr } = await place.anneal(['dev'], { ...own, ANNEAL_METRICS_PORT: String(port) })
  taken.close()
  expect([code, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(/^error worker-failed: worker: expected it to become ready within 60 s, got its end \(.*\)$/m)
  expect(stderr).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`)
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(stderr).toMatch(/^ {2}remedy {4}read what it wrote above and in its log, then run `anneal doctor`$/m)
  expect(readDevRecord(place.project.stateFolder)).toBeUndefined()
})

it('lets two projects have a machinery each at the same time, on ports of their own', async () => {
  const [one, other] = [await ownPlace(), await ownPlace()]
  const first = one.start(['dev'], one.own)
  await first.until(/anneal dev is ready/)
  const refused = await other.anneal(['dev'], one.own)
  expect([refused.code, refused.stdout]).toEqual([3, ''])
  expect(normalised(refused.stderr, other)).toMatchInlineSnapshot(`
    "error port-in-use: port <port>: expected it to be free, got another program listening on 127.0.0.1:<port>
      remedy    end that program, or choose other ports: ANNEAL_DEV_PORT and ANNEAL_DEV_UI_PORT, or \`dev\` in anneal.config.json
    "
  `)
  const second = other.start(['dev'], other.own)
  await second.until(/anneal dev is ready/)
  for (const { process, said } of [first, second]) {
    process.kill('SIGINT')
    expect((await said).code).toBe(0)
  }
})

it('runs a pipeline to its end and stops all it started', async () => {
  const { own, ...place } = await ownPlace()
  const { code, stdout, stderr } = await place.anneal(
    ['start', TEMPERATURE, '--once', '--param', 'scoredFrom=2014-01-01'],
    own,
  )
  expect(code).toBe(0)
  expect(stderr).toContain('4 ran, 0 reused')
  expect(stdout).toContain('better_than_mean_of_tried_by')
  expect(readDevRecord(place.project.stateFolder)).toBeUndefined()
})

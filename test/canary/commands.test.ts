import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../store/audit.ts'
import { eventually } from '../engine/eventually.ts'
import { aCanaryRig, told, type CanaryRig } from './canary-rig.ts'
import { askAgain } from './requests.ts'

let rig: CanaryRig

beforeAll(async () => {
  rig = await aCanaryRig()
  await rig.startWorker()
  await rig.anneal('approver', 'enroll', 'mira', '--role', 'model-risk')
  await rig.gateway('warm-commands')
  await rig.ended(await rig.begin({ service: 'warm-commands' }))
  await rig.ended(await rig.begin({ service: 'warm-commands', rounds: 4, canary: "'direct'" }))
}, 120_000)

afterAll(() => rig.remove())

let services = 0

/** A service whose canary holds 20 % for long; its run and its gateway's address. */
async function aHeldCanary(): Promise<{ service: string; run: string; address: string }> {
  const service = `held-${(services += 1)}`
  const { address } = await rig.gateway(service)
  expect(await rig.ended(await rig.begin({ service }))).toMatchObject({ outcome: 'serving' })
  rig.pump(service)
  const canary = `{ traffic: ['20%', '100%'], hold: '1 hour', rollbackOn: { errorRate: atMost(0.02), p99Millis: atMost(100) } }`
  const run = await rig.begin({ service, rounds: 4, canary })
  await rig.until(service, ({ share, phase }) => share === 2000 && phase === 'holding')
  return { service, run, address }
}

const refusals = (service: string): Promise<string> =>
  audit(rig.project.store.objects)
    .entries(`refusals:${service}`, rig.keys)
    .then((entries) => JSON.stringify(entries.map(({ entry }) => entry.body)))

describe.concurrent('commands about services', { timeout: 90_000 }, () => {
  it('tell what a service answers by, and who follows', async () => {
    const { service } = await aHeldCanary()
    const { stdout } = await rig.anneal('services', service, '--json')
    expect(JSON.parse(stdout)).toMatchObject([
      {
        service,
        generation: 4,
        stable: 'late@1',
        candidate: { version: 'late@2', share: 0.2 },
        lease: { lapsed: false },
        gateways: [{ generation: 4, refused: null }],
        changed: { cause: 'canary' },
        canary: `canary:${service}`,
      },
    ])
    const { stdout: shown } = await rig.anneal('services')
    expect(shown).toMatch(new RegExp(`${service}\\n {2}stable {5}late@1\\n {2}candidate {2}late@2 at 20 %\\n`))
    expect(await rig.anneal('services', 'none')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is not known/),
    })
  })

  it('promote a candidate by a signed decision, which skips what is left of the holds', async () => {
    const { service, run } = await aHeldCanary()
    expect(await rig.anneal('promote', service, '--as', 'mira')).toMatchObject({
      code: 0,
      stdout: 'counted: all traffic goes to the candidate\n',
    })
    const { outcome, output } = await rig.ended(run)
    expect(outcome).toBe('serving')
    expect(output.reason).toBe('promoted by mira')
    expect(output.steps.map(({ verdict, reason }) => [verdict, reason])).toEqual([['skipped', 'promoted by mira']])
    expect(told(await rig.generations(service)).at(-1)).toBe('promoted: v2 / none')
  })

  it('abort a canary by a signed decision, as update and as signal; a decision of another kind or service does nothing', async () => {
    const [one, other] = await Promise.all([aHeldCanary(), aHeldCanary()])
    const { stdout: promotion } = await rig.anneal('promote', one.service, '--as', 'mira', '--print')
    const { stdout: abortion } = await rig.anneal('abort', one.service, '--as', 'mira', '--print')
    const handle = rig.client.workflow.getHandle(`canary:${one.service}`)
    await handle.signal('abort', JSON.parse(promotion))
    await handle.signal('abort', { decision: 'abort', person: 'mira' })
    await rig.client.workflow.getHandle(`canary:${other.service}`).signal('abort', JSON.parse(abortion))
    await eventually('the refusals are written down', async () =>
      (await refusals(one.service)).includes('wrong-decision'),
    )
    await eventually('and the malformed one', async () => (await refusals(one.service)).includes('malformed'))
    await eventually('and that of the other service', async () =>
      (await refusals(other.service)).includes('wrong-service'),
    )
    expect(await rig.status(one.service)).toMatchObject({ phase: 'holding', share: 2000 })
    await handle.signal('abort', JSON.parse(abortion))
    expect(await rig.ended(one.run)).toMatchObject({ outcome: 'aborted', output: { reason: 'aborted by mira' } })
    expect(told(await rig.generations(one.service)).at(-1)).toBe('rolled-back: v1 / none')
    expect(await rig.anneal('abort', other.service, '--as', 'mira')).toMatchObject({ code: 0 })
    expect((await rig.ended(other.run)).outcome).toBe('aborted')
  })

  it('say that there is no canary to decide on, and that a key does not count', async () => {
    expect(await rig.anneal('promote', 'warm-commands', '--as', 'mira')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no canary moves/),
    })
    const { service } = await aHeldCanary()
    const key = join(rig.project.root, 'nobody.pem')
    expect(await rig.anneal('abort', service, '--as', 'nobody', '--key', key)).toMatchObject({ code: 4 })
    expect(await rig.status(service)).toMatchObject({ phase: 'holding' })
  })

  it('roll back under a canary: its run ends as aborted, and says by whom', async () => {
    const { service, run } = await aHeldCanary()
    const { code, stdout } = await rig.anneal('rollback', service, '--as', 'kim', '--reason', 'too many calls')
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^${service}: late@2 to late@1 in \\d\\.\\d\\d s, 1 gateway follow`)),
    ])
    expect(await rig.ended(run)).toMatchObject({ outcome: 'aborted', output: { reason: 'traffic was moved by kim' } })
    expect(told(await rig.generations(service)).at(-1)).toBe('rolled-back: v1 / none')
    const entries = await audit(rig.project.store.objects).entries(`service:${service}`, rig.keys)
    expect(entries.map(({ entry }) => entry.body)).toContainEqual(expect.objectContaining({ reason: 'too many calls' }))
  })
})

// By itself: the seconds count.
it(
  'a rollback to the model before has the last request on the bad one within two seconds of its generation',
  { timeout: 90_000 },
  async () => {
    const { service, run, address } = await aHeldCanary()
    await rig.anneal('promote', service, '--as', 'mira')
    expect((await rig.ended(run)).outcome).toBe('serving')
    const asking = askAgain(address, service)
    const began = Date.now()
    const { code } = await rig.anneal('rollback', service, '--reason', 'it is worse')
    const answers = await asking.stop()
    expect(code).toBe(0)
    const last = answers.findLast(({ version }) => version === 2)
    process.stderr.write(
      `rollback: last request on the bad version ${(last?.at ?? began) - began} ms after the command\n`,
    )
    expect(answers.at(-1)?.version).toBe(1)
    // The command's own start is not the gateway's: beside other tests it takes as long as they let it.
    const published = Date.parse((await rig.generations(service)).at(-1)?.state.at ?? '')
    expect((last?.at ?? began) - published).toBeLessThan(2000)
    expect(await rig.anneal('rollback', service, '--to', 'late@9', '--reason', 'x')).toMatchObject({ code: 2 })
    const { stdout } = await rig.anneal('rollback', service, '--to', '2', '--reason', 'it was not', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ from: 'late@1', to: 'late@2', gateways: { state: 'acknowledged' } })
  },
)

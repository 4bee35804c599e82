import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { acknowledgements } from '../../store/acknowledgements.ts'
import { traffic, type LoggedPrediction, type TrafficCounter } from '../../store/traffic.ts'
import { processesUnder } from '../../cli/chaos/leftovers.ts'
import { eventually } from '../engine/eventually.ts'
import { aServiceRig, NEGATIVE, SERVICE, type ServiceRig } from './a-service.ts'
import { aGatewayProcess, type GatewayProcess } from './a-gateway-process.ts'
import { underLoad } from './load.ts'
import { numbers, post } from './requests.ts'

interface Seen {
  readonly answered: number
  readonly ids: ReadonlySet<string>
  readonly weight: number
}

async function seenIn(rig: ServiceRig): Promise<Seen> {
  const records = await traffic(rig.store.objects).read(SERVICE, Date.now() - 600_000, Date.now() + 1000)
  const counters = records.filter((record): record is TrafficCounter => record.type === 'counter')
  const predictions = records.filter((record): record is LoggedPrediction => record.type === 'prediction')
  return {
    answered: counters.reduce((sum, { answered }) => sum + answered, 0),
    ids: new Set(predictions.map(({ id }) => id)),
    weight: predictions.reduce((sum, { weight }) => sum + weight, 0),
  }
}

async function withModel(): Promise<ServiceRig> {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('negative', NEGATIVE) })
  return rig
}

/** Less than two starved cores answer: what piles up unanswered says nothing. */
const PER_SECOND = 150

/** A gateway that has answered one request. */
async function answering(rig: ServiceRig): Promise<GatewayProcess> {
  const gateway = await aGatewayProcess(rig.folder)
  await eventually('it answers', async () => (await post(gateway.address, numbers(1))).status === 200)
  return gateway
}

function journalBytes(folder: string, gateway: string): number {
  const journal = join(folder, 'state/gateways', gateway, 'journal', SERVICE)
  return readdirSync(journal).reduce((sum, name) => sum + bytesOf(join(journal, name)), 0)
}

/** 0 of a segment that has been shipped since. */
function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

test('a gateway that is killed under load loses no more of its log than the last 100 ms', async () => {
  const rig = await withModel()
  const killed = await answering(rig)
  const load = underLoad(killed.address, PER_SECOND)
  await eventually('enough answers', () => load.answers.length > 600)
  await eventually('some that are not shipped', () => journalBytes(rig.folder, killed.gateway) > 2000)
  const at = Date.now()
  killed.signal('SIGKILL')
  expect(await killed.ended).toBe('SIGKILL')
  await load.stop()
  const answers = load.answers.filter(({ status }) => status === 200)
  const certain = answers.filter((answer) => answer.at < at - 100)
  expect(certain.length).toBeGreaterThan(300)
  await eventually('its model process has ended', () => processesUnder(rig.folder).length === 0)
  const next = await aGatewayProcess(rig.folder)
  expect(next.log()).toContain('"event":"journals-shipped"')
  const seen = await seenIn(rig)
  expect(seen.answered).toBeGreaterThanOrEqual(certain.length)
  // Its last answers may be in the log without having come back.
  expect(seen.answered).toBeLessThanOrEqual(load.sent() + 1)
  const logged = certain.filter(({ answer }) => answer.id.endsWith('-0'))
  expect(logged.length).toBeGreaterThan(50)
  expect(logged.filter(({ answer }) => !seen.ids.has(answer.id))).toEqual([])
  expect(await readdir(join(rig.folder, 'state/gateways'))).toEqual([next.gateway])
  next.signal('SIGTERM')
  await next.ended
})

test('a gateway that is asked to stop answers what is under way, ships its log and ends with 0', async () => {
  const rig = await withModel()
  const gateway = await answering(rig)
  const load = underLoad(gateway.address, PER_SECOND)
  await eventually('some answers', () => load.answers.length > 300)
  gateway.signal('SIGTERM')
  expect(await gateway.ended).toBe('exit 0')
  await load.stop()
  expect(load.answers.filter(({ status }) => status !== 200)).toEqual([])
  // Those are refused that come when nobody listens any more.
  for (const error of load.lost) expect(error).toContain('fetch failed')
  const seen = await seenIn(rig)
  expect(seen.answered).toBe(load.answers.length + 1)
  expect(Math.abs(seen.weight - seen.answered) / seen.answered).toBeLessThan(0.4)
  expect(await acknowledgements(rig.store.objects).live(SERVICE, Date.now())).toEqual([])
  expect(await readdir(join(rig.folder, 'state/gateways'))).toEqual([])
  expect(processesUnder(rig.folder)).toEqual([])
})

test('a model process that dies under a gateway is started again', async () => {
  const rig = await withModel()
  const gateway = await aGatewayProcess(rig.folder)
  const children = (): readonly number[] =>
    processesUnder(rig.folder).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('model-program'))
  expect((await post(gateway.address, numbers(1))).status).toBe(200)
  const [child = 0] = await eventually('the model has a process', () =>
    children().length > 0 ? children() : undefined,
  )
  process.kill(child, 'SIGKILL')
  await eventually('it answers again', async () => (await post(gateway.address, numbers(1))).status === 200)
  await eventually('it says what happened', () => gateway.log().includes('"event":"model-ended"'))
})

test('a port in use and an open address are refused with what to do', async () => {
  const rig = await withModel()
  await expect(rig.start({ host: '0.0.0.0' })).rejects.toThrow(
    'host: expected 127.0.0.1, got "0.0.0.0"; the gateway has no authentication yet',
  )
  const { address } = await rig.start()
  await expect(rig.start({ port: Number(new URL(address).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

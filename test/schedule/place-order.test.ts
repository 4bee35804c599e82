import { expect, it, onTestFinished } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../activities/engine.ts'
import { placeOrder } from '../../activities/launch/place-order.ts'
import { LIVE, readJson, type Order } from '../../activities/order.ts'
import { canonicalJson } from '../../dsl/digest.ts'
import { compile } from '../../dsl/compile.ts'
import { parameter, pipeline, task, z } from '../../dsl/index.ts'
import type { Plan, PlanNode } from '../../dsl/plan.ts'
import { appendAppliedPlan } from '../../store/applied-plans.ts'
import { openStore } from '../../store/open-store.ts'
import { judgeOrder } from '../../store/signed-order.ts'
import { aSigner, keysOf } from '../store/a-registration.ts'

const AT = '2026-01-05T02:00:00Z'

const note = task('note', { input: z.object({ asOf: z.string() }), output: z.object({}), run: () => ({}) })
const steps = [note({ asOf: parameter('asOf', z.iso.datetime()) })]
const plan = compile(pipeline('noted', { steps }), { code: { note: '' }, files: {} })

async function anEngine() {
  const folder = await mkdtemp(join(tmpdir(), 'anneal-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { objects, artifacts } = openStore(folder)
  const signer = aSigner()
  const applied = async (changes: Partial<Plan> = {}): Promise<string> => {
    const changed = { ...plan, ...changes }
    const planDigest = await artifacts.putBytes(Buffer.from(canonicalJson(changed)))
    await appendAppliedPlan(objects, { plan: changed, planDigest })
    return planDigest
  }
  // Of an engine, what the activity takes.
  const engine = { objects, artifacts, signer: () => Promise.resolve(signer) } as unknown as Engine
  return { engine, artifacts, signer, applied }
}

it('orders the plan applied last, as of the time that it is told', async () => {
  const { engine, artifacts, applied } = await anEngine()
  await applied({ description: 'older' })
  const planDigest = await applied()
  const placed = await placeOrder(engine, { pipeline: 'noted', at: AT, trigger: null })
  if (placed.state !== 'placed') throw new Error(placed.message)
  expect(placed).toMatchObject({ run: `run:noted:${AT}`, skeleton: { pipeline: 'noted' } })
  expect(placed.details).toContain(`- asOf = \`"${AT}"\``)
  expect(await readJson<Order>(artifacts, placed.order)).toEqual({
    plan: planDigest,
    parameters: { asOf: AT },
    requestedBy: 'schedule:noted',
  })
})

it('refuses a pipeline of which no plan was applied', async () => {
  const { engine } = await anEngine()
  const message = 'pipeline "noted": expected a plan that was applied, got none'
  const placed = await placeOrder(engine, { pipeline: 'noted', at: AT, trigger: null })
  expect(placed).toEqual({ state: 'refused', reason: 'not-applied', message })
})

it('signs for a run that persons have to approve, by the name of what ordered it', async () => {
  const { engine, artifacts, signer, applied } = await anEngine()
  const [first] = plan.nodes
  if (first === undefined) throw new Error('expected a node')
  const spec = {
    service: 'noted',
    roles: ['risk'],
    quorum: 1,
    withinMillis: 1,
    commentRequired: false,
    separation: 'person',
  } as const
  const approve: PlanNode = { id: 'approve', kind: 'approve', needs: ['note'], spec, policy: first.policy }
  const schema = { type: 'object', properties: {} }
  const planDigest = await applied({
    nodes: [...plan.nodes, approve],
    operation: { ...plan.operation, triggers: { replay: schema } },
  })
  const trigger = { name: 'replay', id: '7', payload: {} }
  for (const [sent, person] of [
    [null, 'schedule:noted'],
    [trigger, 'trigger:noted'],
  ] as const) {
    const placed = await placeOrder(engine, { pipeline: 'noted', at: AT, trigger: sent })
    if (placed.state !== 'placed') throw new Error(placed.message)
    const { signed = '', parameters } = await readJson<Order>(artifacts, placed.order)
    const ordered = { plan: planDigest, parameters, clock: LIVE, run: placed.run }
    const approvers = { head: 0, byKeyId: new Map() }
    expect(judgeOrder({ envelope: signed, ...ordered, approvers, keys: keysOf(signer), demo: false })).toEqual({
      person,
    })
  }
})

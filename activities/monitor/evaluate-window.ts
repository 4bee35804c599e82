import { digestOf } from '../../dsl/digest.ts'
import { monitors, type WindowCheck, type WindowRecord } from '../../store/monitors.ts'
import { monitorOf } from '../../store/signed-order.ts'
import { record } from '../canary/record.ts'
import type { Engine } from '../engine.ts'
import { whileHeartbeating } from '../heartbeat.ts'
import { nodeAt } from '../node-scope.ts'
import { plain } from '../plain.ts'
import { publishValue } from '../publish-once.ts'
import { draftWindow } from './draft-window.ts'
import { checkName } from './finding.ts'
import { foundText, foundTexts } from './found-text.ts'
import { newerBy } from './newer-data.ts'
import { chainBefore } from './past-windows.ts'
import type { Evaluated, WindowRequest } from './requests.ts'
import { sampleBinner } from './sample-bins.ts'

export type EvaluateWindow = (engine: Engine, request: WindowRequest) => Promise<Evaluated>

/**
 * Evaluates one step of a service's event time, and the windows that end with it, once.
 * Reads the order, the traffic log, the windows before, the stable version and what it was trained on. Writes the step's sample
 * and an earlier step's labelled rows as artifacts, an audit entry for each alert that begins, and the window's record.
 * Key: service, number and end. What was found is published first, so that every attempt, and a second one beside it, tells of
 * the same alerts; killed between audit entry and record, the next attempt finds the one and writes the other.
 * Heartbeats without details. Throws `node-unknown`, `signing-key-…`, the codes of the child and of StoreError.
 */
export function windowEvaluator(): EvaluateWindow {
  const bins = sampleBinner()
  return async (engine, request) => {
    const chain = monitors(engine.objects)
    const { service, number } = request
    const window =
      (await chain.read(service, number)) ??
      (await whileHeartbeating((signal) => evaluate(engine, request, { bins, signal })))
    const last = number === 1 ? undefined : await chain.read(service, number - 1)
    const alerts = begun(window, last).map(checkName)
    engine.observe.window(window, alerts)
    return answerOf(engine, window, alerts)
  }
}

interface Evaluating {
  readonly bins: ReturnType<typeof sampleBinner>
  readonly signal: AbortSignal
}

async function evaluate(engine: Engine, request: WindowRequest, { bins, signal }: Evaluating): Promise<WindowRecord> {
  const { service, number, end } = request
  const { node, pipeline } = await nodeAt(engine, { ...request, inputs: {} }, 'monitor')
  const { spec, policy } = node
  const chain = await chainBefore(engine.objects, request, spec)
  const key = digestOf({ kind: 'monitor-window', version: 1, service, number, end })
  const place = { pipeline, node: node.id, run: monitorOf(service), signal }
  const published = await publishValue(engine, { ...place, key }, async (attempt) => {
    const drafting = { request, spec, policy, place, chain, bins, attempt, key }
    return plain(await draftWindow(engine, drafting))
  })
  // Published by this very function.
  const draft = published as unknown as WindowRecord
  for (const check of begun(draft, chain.last)) await recordAlert(engine, draft, check)
  const appended = await monitors(engine.objects).append(draft)
  if (appended !== 'conflict') return appended
  const there = await monitors(engine.objects).read(service, number)
  if (there === undefined) throw new Error(`monitor of "${service}": expected window ${number}, got none`)
  return there
}

async function recordAlert(engine: Engine, window: WindowRecord, check: WindowCheck): Promise<void> {
  const { service, number, end, model } = window
  const name = checkName(check)
  const body = { check: name, window: number, end, model, found: foundText(check), ...check }
  await record(engine, service, { key: `${name}/${end}`, kind: 'alert', by: monitorOf(service), body })
}

/** An alert that stood before is told already. */
function begun({ checks }: WindowRecord, last: WindowRecord | undefined): readonly WindowCheck[] {
  const standing = new Set(last?.checks.filter(({ alert }) => alert).map(checkName))
  return checks.filter((check) => check.alert && !standing.has(checkName(check)))
}

async function answerOf(engine: Engine, window: WindowRecord, alerts: readonly string[]): Promise<Evaluated> {
  const { service, number, end, checks } = window
  return {
    number,
    end,
    found: foundTexts(window),
    alerts,
    retrainFor: checks.filter(asksForRetrain).map(foundText),
    newerByMillis: await newerBy(engine, { service, millis: Date.parse(end) }),
  }
}

/** An alert that stands while its check waits says nothing of the model as it is. */
function asksForRetrain({ kind, alert, state }: WindowCheck): boolean {
  return alert && state === 'breach' && (kind === 'drift' || kind === 'quality')
}

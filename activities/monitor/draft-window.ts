import type { MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import { wallMillisAt, type Clock } from '../../store/generation.ts'
import type { WindowRecord } from '../../store/monitors.ts'
import { traffic } from '../../store/traffic.ts'
import type { Engine } from '../engine.ts'
import { readJson } from '../order.ts'
import type { Attempt, Publication } from '../publish-once.ts'
import type { UnitCall } from '../unit-call.ts'
import { instantOf } from './finding.ts'
import { clocksOf, generationAt } from './generation-at.ts'
import { judgeStep } from './judge-step.ts'
import { labelSample } from './label-sample.ts'
import { maturedBy, type Chain } from './past-windows.ts'
import { readStep } from './read-step.ts'
import type { WindowRequest } from './requests.ts'
import type { SampleBinner } from './sample-bins.ts'
import type { StepSample } from './step-sample.ts'
import { watchedModel } from './watched-model.ts'
import type { Span } from './window-steps.ts'

/** A row may come this much before or after its own time, of event time: what gateways take by default, and as much again. */
const SKEW_MILLIS = 600_000
/** A segment comes this much after its latest records at most, of wall time. */
const SHIPPING_MILLIS = 5000

export interface Drafting {
  readonly request: WindowRequest
  readonly spec: MonitorSpec
  readonly policy: UnitCall['policy']
  readonly place: Omit<Publication, 'key'>
  readonly chain: Chain
  readonly bins: SampleBinner
  readonly attempt: Attempt
  readonly key: string
}

/** Reads the step's part of the log, keeps its sample and what has come of an earlier one, and judges the windows that end with it. */
export async function draftWindow(engine: Engine, drafting: Drafting): Promise<WindowRecord> {
  const { request, spec, chain } = drafting
  const { service, number } = request
  const end = Date.parse(request.end)
  const from = chain.last === undefined ? end - spec.windows.everyMillis : Date.parse(chain.last.end)
  const served = (await generationAt(engine, service, end))?.state.stable ?? null
  const model = served === null ? null : await watchedModel(engine, served, spec)
  const matured = maturedBy(chain, { end, everyMillis: spec.windows.everyMillis, model })
  const old = matured === undefined ? undefined : await readJson<StepSample>(engine.artifacts, matured.sample)
  const since = matured === undefined ? from : Date.parse(matured.from)
  const wall = await wallSpan(engine, service, { from: since, end })
  const { counts, sampler, outcomes } = await readStep(traffic(engine.objects), {
    service,
    step: { from, end },
    wall,
    clockOf: clocksOf(engine, service),
    asked: new Set(old?.ids),
  })
  const sample = sampler.take(model?.columns ?? { label: [], features: {} })
  const told = old && model && labelSample(old, outcomes, model.labelOf)
  const labelled =
    matured === undefined || !told
      ? (chain.last?.labelled ?? null)
      : { end: matured.end, file: await put(engine, told), rows: told.ids.length }
  const step = { from, end, counts, sample: await put(engine, sample) }
  const judged = await judgeStep(engine, { ...drafting, model, step, labelled })
  const window = { service, number, from: instantOf(from), end: instantOf(end), readTo: instantOf(wall.end) }
  const { checks, budgetSpent } = judged
  const found = { model: model?.name ?? null, counts, sample: step.sample, labelled, checks: [...checks], budgetSpent }
  return { ...window, ...found, evaluatedAt: new Date().toISOString() }
}

/**
 * Wall time [from, to) of the log in which a moment's rows and outcomes lie: not where the window before stopped reading, since
 * of windows that are overdue each one reads up to its own end.
 */
async function wallSpan(engine: Engine, service: string, { from, end }: Span): Promise<Span> {
  const [first, last] = await Promise.all([generationAt(engine, service, from), generationAt(engine, service, end)])
  if (first === null || last === null) return { from: 0, end: 0 }
  return {
    from: wallMillisAt(first.state.clock, from) - slackOf(first.state.clock),
    end: Math.min(Date.now(), wallMillisAt(last.state.clock, end) + slackOf(last.state.clock)),
  }
}

function slackOf({ scale }: Clock): number {
  return SKEW_MILLIS / scale + SHIPPING_MILLIS
}

async function put({ artifacts }: Engine, value: object): Promise<string> {
  return artifacts.putBytes(Buffer.from(JSON.stringify(value)))
}

import type { LearningTask } from '../../dsl/metrics.ts'
import type { CanarySpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { Served } from '../../store/generation.ts'
import type { ModelVersion } from '../../store/model-version.ts'
import { traffic, type TrafficRecord } from '../../store/traffic.ts'
import type { Engine } from '../engine.ts'
import { readJson } from '../order.ts'
import type { FeaturesInput, Trained } from '../recipes.ts'
import { countSide, type Side } from './count-traffic.ts'
import { judgeQuality, type Reading } from './judge-quality.ts'
import { alphaOf, type Observed, type SideCounts } from './judge-step.ts'
import { labelledRows, labelReader, type LabelOf } from './labelled-rows.ts'
import type { WatchRequest } from './requests.ts'
import { generationOf } from './service-state.ts'
import { type TrafficNode } from './traffic-node.ts'

/** What there is to judge a share by at this moment, and the how-manieth look of this attempt it is. */
export type Observer = () => Promise<{ readonly observed: Observed; readonly looks: number }>

/** A segment comes this much after its latest records at most: a gateway ships each second. */
const SLACK_MILLIS = 5000

/** Beyond so many times the mean absolute error that it had on its holdout an error counts as that. */
const MOST_ERRORS = 8

export async function observer(engine: Engine, at: TrafficNode, request: WatchRequest): Promise<Observer> {
  const { service, spec, candidate, clock } = at
  const { generation, sinceMillis } = request
  const { state } = await generationOf(engine, service, generation)
  const from = Date.parse(state.at) - SLACK_MILLIS
  const quality = spec && state.stable && (await qualityOf(engine, at, { spec, incumbent: state.stable, generation }))
  const holdMillis = (spec?.holdMillis ?? 0) / clock.scale
  const maxHoldMillis = (spec?.maxHoldMillis ?? 0) / clock.scale
  let looks = 0
  return async () => {
    looks += 1
    const now = Date.now()
    const records = await traffic(engine.objects).read(service, from, now + SLACK_MILLIS)
    const count = (served: Served | null): SideCounts =>
      served === null
        ? NONE
        : countSide(records, sideOf(served, generation), spec?.p99Millis.atMost ?? Number.POSITIVE_INFINITY)
    const held = now - sinceMillis
    const hold = held >= maxHoldMillis ? 'exhausted' : held >= holdMillis ? 'over' : 'running'
    const findings = quality?.(records) ?? []
    return { observed: { candidate: count(candidate), incumbent: count(state.stable), quality: findings, hold }, looks }
  }
}

const NONE: SideCounts = { failed: 0, requests: 0, surelySlow: 0, maybeSlow: 0, timed: 0 }

function sideOf({ model, version }: Served, generation: number): Side {
  return { generation, model, version }
}

interface Judging {
  readonly spec: CanarySpec
  readonly incumbent: Served
  readonly generation: number
}

/** How both models' predictions become findings; the candidate's label is what both are held against. */
async function qualityOf(
  engine: Engine,
  { candidate, plan }: TrafficNode,
  { spec, incumbent, generation }: Judging,
): Promise<(records: readonly TrafficRecord[]) => Observed['quality']> {
  if (spec.quality.length === 0) return () => []
  const [own, other] = await Promise.all([modelOf(engine, candidate), modelOf(engine, incumbent)])
  const labelOf: LabelOf = labelReader(own.features, plan.operation.contracts)
  const mae = other.metrics['mae']
  const options = {
    limits: spec.quality,
    alpha: alphaOf(spec),
    mostError: mae === undefined ? null : MOST_ERRORS * mae,
  }
  return (records) => {
    const rows = (served: Served) => labelledRows(records, sideOf(served, generation), labelOf)
    return judgeQuality(
      { candidate: { ...own.reading, rows: rows(candidate) }, incumbent: { ...other.reading, rows: rows(incumbent) } },
      options,
    )
  }
}

interface ReadModel {
  readonly reading: Reading
  readonly features: FeaturesInput['spec']
  readonly metrics: ModelVersion['metrics']
}

async function modelOf({ registry, artifacts }: Engine, { model, version }: Served): Promise<ReadModel> {
  const entry = await registry.find(model, version)
  if (entry === undefined) throw new Error(`registry: expected ${model}@${version}, which is served, got none`)
  const digestOf = (name: string): string => entry.files.find((file) => file.name === name)?.digest ?? ''
  const [{ classes }, { spec }] = await Promise.all([
    readJson<Pick<Trained, 'classes'>>(artifacts, digestOf('training.json')),
    readJson<Pick<FeaturesInput, 'spec'>>(artifacts, digestOf('features.json')),
  ])
  const task: LearningTask = entry.task
  return { reading: { task, classes }, features: spec, metrics: entry.metrics }
}

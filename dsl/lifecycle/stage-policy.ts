import type { NodePolicy, Queue } from '../plan.ts'
import { policyOf, type Resources } from '../step-policy.ts'
import type { Duration } from '../units.ts'

/** The stages whose work runs on workers of a size. */
export type Stage = 'ingest' | 'validate' | 'features' | 'train' | 'evaluate' | 'materialize'

export type StageResources = { readonly [S in Stage]?: Resources }
export type StageTimeouts = { readonly [S in Stage]?: Duration }

/** How long things are to be kept once nothing in service needs them. Not acted on yet. */
export interface Retention {
  /** Datasets, feature tables and models that no registered version rests on. */
  readonly artifacts: Duration
  /** The prediction log. */
  readonly predictions: Duration
  /** Reports and archived run histories. */
  readonly reports: Duration
}

/** What one run may use up. Not acted on yet. */
export interface CostCap {
  /** Cores times hours. */
  readonly cpuHours: number
  /** Default 0. */
  readonly gpuHours?: number
}

interface StageDefaults {
  readonly queue: Queue
  readonly timeout: Duration
  readonly resources: Resources
}

const DATA: StageDefaults = { queue: 'data', timeout: '2 hours', resources: { cpus: 2, memory: '4 GiB' } }

const DEFAULTS: Readonly<Record<Stage, StageDefaults>> = {
  ingest: DATA,
  validate: DATA,
  features: DATA,
  train: { queue: 'cpu', timeout: '1 day', resources: { cpus: 2, memory: '8 GiB' } },
  evaluate: { ...DATA, timeout: '1 hour' },
  materialize: { ...DATA, timeout: '1 hour' },
}

/** A stage's policy with every default written out. A GPU moves it to the gpu queue. */
export function stagePolicy(
  stage: Stage,
  given: { readonly resources?: StageResources; readonly timeouts?: StageTimeouts },
  gpus = 0,
): NodePolicy {
  const { queue, timeout, resources } = DEFAULTS[stage]
  const wanted = { ...resources, gpus, ...given.resources?.[stage] }
  const policy = policyOf({ timeout: given.timeouts?.[stage] ?? timeout, resources: wanted })
  return { ...policy, queue: wanted.gpus > 0 ? 'gpu' : queue }
}

/** How many cores the stage's work is to use. */
export function stageCpus(stage: Stage, { resources }: { readonly resources?: StageResources }): number {
  return resources?.[stage]?.cpus ?? DEFAULTS[stage].resources.cpus ?? 1
}

import type { Dataset } from '../../data/dataset.ts'
import type { SmokeRows } from '../../data/smoke-rows.ts'
import { digestOf } from '../../dsl/digest.ts'
import type { Plan } from '../../dsl/plan.ts'
import { acknowledgements, type Acknowledgement } from '../../store/acknowledgements.ts'
import type { Engine } from '../engine.ts'
import type { Evaluated } from '../evaluate.ts'
import { outputOf } from '../node-scope.ts'
import { plain } from '../plain.ts'
import { callUnit } from '../unit-call.ts'
import { askVersion } from './ask-version.ts'
import type { Smoked, SmokeRequest } from './requests.ts'
import { trafficNodeAt, type TrafficNode } from './traffic-node.ts'
import { whileRenewing } from './while-renewing.ts'

const ROWS = 32
/** As many parts as have rows enough beyond doubt, the newest first: bringing all of a large dataset takes a while. */
const MOST_PARTS = 4
/** Float32 sums may end differently on another machine. */
const TOLERANCE = 1e-4

/**
 * Asks every live gateway for the candidate, by name, about rows of the evaluation's holdout, and compares the answers
 * with what the model says offline. Reads the evaluation, its feature table and dataset; writes nothing. Renews the
 * candidate's lease. May be called again. An answer that is none, or another one, is a value.
 */
export async function smokeTest(engine: Engine, request: SmokeRequest): Promise<Smoked> {
  const at = await trafficNodeAt(engine, request)
  const { service } = at
  return whileRenewing(engine, { service, generation: request.generation }, async (signal) => {
    const asked = await rowsFor(engine, at, signal)
    if (asked.rows.length === 0)
      return { state: 'failed', reason: 'smoke test: expected rows in the holdout, got none' }
    const gateways = await acknowledgements(engine.objects).live(service, Date.now())
    for (const gateway of gateways) {
      const reason = await faultOf(gateway, { at, asked, signal })
      if (reason !== null) return { state: 'failed', reason: `smoke test by gateway ${gateway.gateway}: ${reason}` }
    }
    return { state: 'passed', rows: asked.rows.length }
  })
}

async function rowsFor(engine: Engine, at: TrafficNode, signal: AbortSignal): Promise<SmokeRows> {
  // Of an `evaluate` node, or of the `best` that chose among several.
  const evaluated = (await outputOf(engine, at.node, at.registered.evaluation)) as unknown as Evaluated
  const { made, model, task } = evaluated
  const { trained, table, examples } = made
  const dataset = newestParts(examples.datasets[examples.spec.from])
  const input = {
    table,
    dataset,
    model: trained.model,
    classes: trained.classes,
    task,
    split: splitOf(at.plan, model),
    rows: ROWS,
  }
  const call = {
    node: at.node,
    key: digestOf({ kind: 'smoke', prefix: at.prefix, input: at.candidate }),
    unit: () => engine.nativeUnit('smoke'),
    isOwn: true,
    policy: { memoryMib: 2048, timeoutMillis: 300_000 },
    input: plain(input),
    once: true,
  }
  const attempt = { signal, overtook: false }
  // What `smokeRows` answers.
  return (await callUnit(engine, call, attempt)) as unknown as SmokeRows
}

function newestParts(dataset: Dataset | undefined): Dataset {
  if (dataset === undefined) throw new Error('smoke test: expected the dataset that examples are made of, got none')
  const byTime = dataset.parts.toSorted((one, other) => ((one.span?.last ?? '') < (other.span?.last ?? '') ? 1 : -1))
  return { ...dataset, parts: byTime.slice(0, MOST_PARTS) }
}

function splitOf({ nodes }: Plan, model: string) {
  const found = nodes.find((node) => node.kind === 'evaluate' && node.spec.model === model)
  if (found?.kind === 'evaluate') return found.spec.split
  throw new Error(`plan: expected a node that evaluates "${model}", got none`)
}

interface Asking {
  readonly at: TrafficNode
  readonly asked: SmokeRows
  readonly signal: AbortSignal
}

async function faultOf({ address }: Acknowledgement, { at, asked, signal }: Asking): Promise<string | null> {
  const { service, name, candidate } = at
  const answer = await askVersion(asked.rows, { address, service, version: name, signal })
  if ('fault' in answer) return answer.fault
  if (answer.digest !== candidate.rootDigest) return `expected model ${candidate.rootDigest}, got ${answer.digest}`
  for (const [row, expected] of asked.predictions.entries()) {
    const got = answer.predictions[row] ?? []
    const own = expected.length === 1 && got.length === 2 ? [got[answer.positive] ?? Number.NaN] : got
    const wrong = expected.findIndex((value, index) => !isNear(own[index], value))
    if (wrong !== -1) return `prediction of row ${row}: expected ${expected[wrong]}, got ${own[wrong] ?? 'none'}`
  }
  return null
}

function isNear(got: number | null | undefined, expected: number): boolean {
  return typeof got === 'number' && Math.abs(got - expected) <= TOLERANCE * Math.max(1, Math.abs(expected))
}

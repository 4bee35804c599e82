import type { Row } from '../features/evaluate.ts'
import { isoOf } from '../features/instant.ts'
import { answerOf, refuseUnknownOutputs, type Answer, type Answered } from './answer.ts'
import { ServingError } from './errors.ts'
import type { LoadedGeneration } from './loaded-generation.ts'
import type { PooledModel } from './model-pool.ts'
import type { PredictionIds } from './prediction-ids.ts'
import { readRequest, type InferRequest, type RequestBody } from './read-request.ts'
import { notReady, routed, versionNamed } from './route.ts'
import type { SeenRequest } from './request-tallies.ts'
import { featureRow, type ServedModel } from './served-model.ts'
import type { Service } from './service.ts'
import type { Answerer } from './traffic-counts.ts'
import type { TrafficLog } from './traffic-log.ts'

/** One service with what it needs to answer. */
export interface Answering {
  readonly service: Service
  readonly log: TrafficLog
  readonly ids: PredictionIds
  readonly maxSkewMicros: bigint
  readonly answerer: (generation: LoadedGeneration, model: ServedModel | undefined) => Answerer
  readonly observe: (answerer: Answerer, seen: SeenRequest) => void
}

export interface Asked extends RequestBody {
  /** From the path; absent where the split decides. */
  readonly version: string | undefined
  readonly sticky: string | undefined
}

/** Answers one request by one version, and counts it. Throws `ServingError`. */
export async function infer(answering: Answering, asked: Asked): Promise<Answer> {
  const begun = performance.now()
  const generation = answering.service.current() ?? notReady()
  let chosen: PooledModel | undefined
  let status = 500
  let rows = 0
  try {
    const request = readRequest(asked)
    rows = request.rows
    chosen =
      asked.version === undefined ? routed(generation, request, asked.sticky) : versionNamed(generation, asked.version)
    const answer = await answeredBy(chosen, { answering, generation, request, isNamed: asked.version !== undefined })
    status = 200
    return answer
  } catch (error) {
    if (error instanceof ServingError) status = error.status
    throw error
  } finally {
    const millis = performance.now() - begun
    const answerer = answering.answerer(generation, chosen?.model)
    answering.log.count(answerer, status === 200 ? 'answered' : status < 500 ? 'refused' : 'failed', millis)
    answering.observe(answerer, { status, millis, rows })
  }
}

const ANY_SKEW = 2n ** 63n

interface Work {
  readonly answering: Answering
  readonly generation: LoadedGeneration
  readonly request: InferRequest
  /** Asked for by its version: a test, of rows of any time. */
  readonly isNamed: boolean
}

async function answeredBy({ model, retain, release }: PooledModel, work: Work): Promise<Answer> {
  const { generation, request, answering, isNamed } = work
  retain()
  try {
    refuseUnknownOutputs(request, model)
    const maxSkewMicros = isNamed ? ANY_SKEW : answering.maxSkewMicros
    const now = { micros: generation.eventMicros(Date.now()), maxSkewMicros }
    const rows = model.rows.read(request, now)
    const values = rows.map((row, index) => model.evaluate(row, index))
    const scores = await model.score(values.map((one) => featureRow(model.features, one)))
    const { id, sampled, weight } = answering.ids.next()
    const answered: Answered = {
      service: answering.service.name,
      model,
      request,
      id,
      generation: generation.signed.state.generation,
      eventTime: timeOf(model, rows[0]),
      values,
      scores,
    }
    if (sampled) logRows(answered, { rows, weight, answering })
    return answerOf(answered)
  } finally {
    release()
  }
}

function timeOf({ rows: { time } }: ServedModel, row: Row | undefined): string | null {
  const micros = time === null ? null : row?.[time]
  return typeof micros === 'bigint' ? isoOf(micros) : null
}

interface Logging {
  readonly rows: readonly Row[]
  readonly weight: number
  readonly answering: Answering
}

/** A row a line; with several their ids are `<id>:<row>`. */
function logRows({ model, id, generation, values, scores }: Answered, { rows, weight, answering }: Logging): void {
  const { width } = model.output
  const { model: name, version } = model.served
  const at = Date.now()
  for (const [index, row] of rows.entries()) {
    answering.log.add({
      type: 'prediction',
      id: rows.length === 1 ? id : `${id}:${index}`,
      at,
      event: timeOf(model, row),
      generation,
      model: name,
      version,
      weight,
      request: model.private.row(row),
      features: model.private.features(values[index] ?? {}),
      prediction: [...scores.subarray(index * width, (index + 1) * width)],
    })
  }
}

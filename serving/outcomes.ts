import { z } from 'zod'
import { columnJudges, type ColumnJudge } from '../data/row-judge.ts'
import { shown } from '../data/shown.ts'
import type { ContractSpec } from '../dsl/plan.ts'
import type { LoggedOutcome } from '../store/traffic.ts'
import { invalid, ServingError } from './errors.ts'
import { isSampled } from './prediction-ids.ts'
import { kindOf } from './read-request.ts'
import type { PrivateValues } from './private-values.ts'

const MOST = 1000

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const list = z.array(z.strictObject({ id: z.string().max(64), outcomes: z.record(z.string(), scalar) })).min(1)

export interface OutcomesTaken {
  readonly accepted: number
  /** Of them, how many belong to a prediction in the log; the others are forgotten. */
  readonly logged: readonly LoggedOutcome[]
}

/** Takes what came of predictions by their ids, at a wall time. Throws `request-invalid`, `too-large`; then none of them counts. */
export type OutcomeReader = (body: Buffer, atMillis: number) => OutcomesTaken

export function outcomeReader(contract: ContractSpec, hide: PrivateValues): OutcomeReader {
  const judges = columnJudges(contract.schema)
  return (body, at) => take(listOf(body), { contract, judges, hide, at })
}

interface Taking {
  readonly contract: ContractSpec
  readonly judges: ReadonlyMap<string, ColumnJudge>
  readonly hide: PrivateValues
  readonly at: number
}

function take(given: z.infer<typeof list>, { contract, judges, hide, at }: Taking): OutcomesTaken {
  const logged: LoggedOutcome[] = []
  for (const [index, { id, outcomes }] of given.entries()) {
    const sampled = isSampled(id)
    if (sampled === undefined) throw invalid(`[${index}].id: expected the id of a prediction, got ${kindOf(id)}`)
    for (const [name, value] of Object.entries(outcomes)) checkOutcome(`[${index}]`, { name, value, contract, judges })
    if (sampled) logged.push({ type: 'outcome', id, at, outcomes: hide.outcomes(outcomes) })
  }
  return { accepted: given.length, logged }
}

function listOf(body: Buffer): z.infer<typeof list> {
  let json: unknown
  try {
    json = JSON.parse(body.toString('utf8'))
  } catch {
    throw invalid(`outcomes: expected JSON, got ${body.length} bytes that are none`)
  }
  if (Array.isArray(json) && json.length > MOST)
    throw new ServingError('too-large', `outcomes: expected at most ${MOST}, got ${json.length}; send several requests`)
  const parsed = list.safeParse(json)
  if (parsed.success) return parsed.data
  const place = parsed.error.issues[0]?.path.join('.') ?? ''
  throw invalid(
    `outcomes${place === '' ? '' : ` ${place}`}: expected a list of { id, outcomes: { column: value } }, got something else`,
  )
}

interface Outcome {
  readonly name: string
  readonly value: string | number | boolean | null
  readonly contract: ContractSpec
  readonly judges: ReadonlyMap<string, ColumnJudge>
}

function checkOutcome(place: string, { name, value, contract, judges }: Outcome): void {
  const column = contract.columns.find((one) => one.name === name && one.outcome)
  const judge = judges.get(name)
  if (column === undefined || judge === undefined) {
    const known = contract.columns.filter(({ outcome }) => outcome).map((one) => one.name)
    throw invalid(
      `${place}.outcomes ${JSON.stringify(name.slice(0, 64))}: expected one of ${known.join(', ')}, got another name`,
    )
  }
  if (judge.accepts(value)) return
  throw invalid(
    `${place}.outcomes.${name}: expected ${judge.faults(value).join(' and ')}, got ${shown(value, column.pii)}`,
  )
}

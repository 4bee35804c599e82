import type { StepEnd } from '../../activities/canary/requests.ts'
import type { ApprovalOutput } from '../../activities/settle-approval.ts'
import type { RowFailure } from '../../data/dataset.ts'
import type { Check } from '../../data/validation.ts'
import type { Json } from '../../dsl/plan.ts'
import type { Skew } from '../../features/parity.ts'
import { boundText, type Gate } from '../../stats/gates.ts'

/** What the outputs of nodes that give a verdict have in common: each has some of it. */
interface Judged {
  readonly failures?: readonly RowFailure[]
  readonly checks?: readonly Check[]
  readonly gates?: readonly Gate[]
  readonly skews?: readonly Skew[]
  readonly steps?: readonly StepEnd[]
  readonly reason?: string | null
  readonly votes?: ApprovalOutput['votes']
  readonly expiresAt?: string
}

const MOST_LINES = 20

/** Why a run ended as it did: each check, gate, feature and row that was not good enough, as far as there is room. */
export function verdictLines(output: Json): readonly string[] {
  // A verdict's output is of one of these shapes.
  const judged = output as unknown as Judged
  const { checks = [], gates = [], skews = [], failures = [], votes = [], expiresAt, steps = [], reason } = judged
  const lines = [
    ...checks.filter(({ passed }) => !passed).map(checkLine),
    ...gates.map(gateLine),
    ...skews.map(skewLine),
    ...alike(failures).map(failureLine),
    ...steps.map(stepLine),
    ...(typeof reason === 'string' ? [`  ${reason}`] : []),
    ...votes.map(voteLine),
    ...(expiresAt === undefined ? [] : [`  could be decided until ${expiresAt}`]),
  ]
  const more = lines.length - MOST_LINES
  return more > 0 ? [...lines.slice(0, MOST_LINES), `  and ${more} more kinds`] : lines
}

function checkLine({ name, column, expected, got }: Check): string {
  return `  ${column === null ? name : `${name} of "${column}"`}: expected ${expected}, got ${got}`
}

function stepLine({ share, verdict, reason }: StepEnd): string {
  return `  share ${share / 100} %: ${verdict}, ${reason}`
}

function gateLine({ name, bound, value }: Gate): string {
  return `  gate ${name}: expected ${boundText(bound)}, got ${value ?? 'no value'}`
}

export function skewLine({ feature, differing, compared, firstRow }: Skew): string {
  return `  feature "${feature}": expected what the model was trained on, got another value for ${differing} of ${compared} rows, the first being row ${firstRow} of the feature table`
}

function voteLine({ person, decision, comment }: ApprovalOutput['votes'][number]): string {
  return `  ${person}: ${decision}${comment === '' ? '' : `, ${JSON.stringify(comment)}`}`
}

interface Alike {
  readonly first: RowFailure
  readonly others: number
}

/** One fault tends to come a thousand times: equal ones of a part are told by the first row. */
function alike(failures: readonly RowFailure[]): readonly Alike[] {
  const groups = new Map<string, RowFailure[]>()
  for (const failure of failures) {
    const kind = JSON.stringify([failure.part, failure.column, failure.expected, failure.got])
    groups.set(kind, [...(groups.get(kind) ?? []), failure])
  }
  return [...groups.values()].flatMap(([first, ...others]) => (first ? [{ first, others: others.length }] : []))
}

function failureLine({ first: { part, row, column, expected, got }, others }: Alike): string {
  const place = [part, ...(row === null ? [] : [`row ${row}`]), ...(column === null ? [] : [column])].join(' ')
  const more = others === 0 ? '' : `, and ${others} more like it`
  return `  ${place}: expected ${expected}, got ${got}${more}`
}

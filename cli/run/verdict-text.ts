import type { ApprovalOutput } from '../../activities/settle-approval.ts'
import type { RowFailure } from '../../data/dataset.ts'
import type { Check } from '../../data/validation.ts'
import type { Json } from '../../dsl/plan.ts'
import { boundText, type Gate } from '../../stats/gates.ts'

/** What the outputs of nodes that give a verdict have in common: each has some of it. */
interface Judged {
  readonly failures?: readonly RowFailure[]
  readonly checks?: readonly Check[]
  readonly gates?: readonly Gate[]
  readonly votes?: ApprovalOutput['votes']
  readonly expiresAt?: string
}

const MOST_LINES = 20

/** Why a run ended as it did: each check, gate and row that was not good enough, as far as there is room. */
export function verdictLines(output: Json): readonly string[] {
  // A verdict comes from `ingest`, `validate`, `features`, `register` and `approve` only, which publish these shapes.
  const { checks = [], gates = [], failures = [], votes = [], expiresAt } = output as unknown as Judged
  const lines = [
    ...checks.filter(({ passed }) => !passed).map(checkLine),
    ...gates.map(gateLine),
    ...alike(failures).map(failureLine),
    ...votes.map(voteLine),
    ...(expiresAt === undefined ? [] : [`  could be decided until ${expiresAt}`]),
  ]
  const more = lines.length - MOST_LINES
  return more > 0 ? [...lines.slice(0, MOST_LINES), `  and ${more} more kinds`] : lines
}

function checkLine({ name, column, expected, got }: Check): string {
  return `  ${column === null ? name : `${name} of "${column}"`}: expected ${expected}, got ${got}`
}

function gateLine({ name, bound, value }: Gate): string {
  return `  gate ${name}: expected ${boundText(bound)}, got ${value ?? 'no value'}`
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

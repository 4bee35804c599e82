import { count, html, type Html } from '../data/html.ts'
import type { Json } from '../dsl/plan.ts'
import type { Declared, ModelCard } from './model-card.ts'
import { section } from './page-frame.ts'

/** What the records cannot vouch for; each line follows from one of them. */
export function limitsSection(card: ModelCard, declared: Declared): Html {
  const lines = [
    ...measureLimits(card),
    ...choiceLimits(card),
    ...protectedLimits(card, declared),
    ...approvalLimits(card),
    'Signatures tell which bytes it was trained on, not whether they were true.',
  ]
  return section(
    'Limits',
    html`<ul>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>`,
  )
}

function measureLimits({ version, evidence }: ModelCard): readonly string[] {
  const uncompared = (evidence?.gates ?? []).filter(({ value }) => value === null).map(({ name }) => name)
  const rows = evidence?.rows
  return [
    rows === undefined
      ? 'Its report does not say on how many rows it was measured.'
      : `Its metrics are those of ${count(rows)} held-out rows; the intervals say how far chance could move them.`,
    ...(version.asOf === null ? ['Its rows have no time: nothing tells how it does on later ones.'] : []),
    ...(uncompared.length === 0 ? [] : [`Nothing was there to compare with, so passed: ${uncompared.join(', ')}.`]),
  ]
}

/** The best of several on the same rows is partly the luckiest. */
function choiceLimits({ plan }: ModelCard): readonly string[] {
  const candidates = plan.nodes.flatMap((node) => (node.kind === 'train' ? [node.spec.model] : []))
  if (candidates.length < 2) return []
  return [`It was chosen by the same held-out rows among ${candidates.join(', ')}, which flatters its metrics.`]
}

function protectedLimits({ evidence, version }: ModelCard, { evaluate, features }: Declared): readonly string[] {
  if (evaluate === undefined) return []
  const { protectedColumns } = evaluate
  if (protectedColumns.length === 0) return ['No column is declared protected, so how groups fare was not measured.']
  if (version.task !== 'binary') return ['How groups fare is measured of binary models only.']
  const read = columnsIn((features?.features ?? []).map(({ expression }) => expression))
  const named = protectedColumns.filter((column) => read.has(column))
  const small = (evidence?.fairness ?? []).flatMap(({ column, groups }) =>
    groups
      .filter(({ compared }) => !compared)
      .map(({ value, rows }) => `${column} ${value ?? 'null'} (${count(rows)})`),
  )
  const shown = protectedColumns.join(', ')
  return [
    named.length === 0
      ? `No feature reads a protected column (${shown}); others may still stand in for one.`
      : `Features read protected columns: ${named.join(', ')}.`,
    ...(small.length === 0 ? [] : [`Groups of fewer than 50 held-out rows were not compared: ${small.join(', ')}.`]),
  ]
}

function approvalLimits({ approval }: ModelCard): readonly string[] {
  return approval?.request.demo === true
    ? ["Votes are by keys of a demonstration, which lie on the worker's machine: they prove nothing of who decided."]
    : []
}

/** Names of columns anywhere in expressions, of whichever contract. */
function columnsIn(expressions: readonly object[]): ReadonlySet<string> {
  const found = new Set<string>()
  // Asts are plain JSON.
  const visit = (part: Json): void => {
    if (typeof part !== 'object' || part === null) return
    const fields = part as Readonly<Record<string, Json>>
    const name = fields['op'] === 'column' ? fields['name'] : fields['op'] === 'latest' ? fields['column'] : undefined
    if (typeof name === 'string') found.add(name)
    Object.values(fields).forEach(visit)
  }
  for (const expression of expressions) visit(expression as Json)
  return found
}

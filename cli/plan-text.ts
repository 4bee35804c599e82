import { styleText } from 'node:util'
import { wantsColour } from './colour.ts'
import { drawLanes, type LaneRow } from './plan-lanes.ts'
import type { PlanReport, ReportedNode } from './plan-report.ts'

export interface TextFormat {
  readonly colour: boolean
  /** Characters in a line, at least 60. */
  readonly columns: number
}

/** As it fits where it is written. */
export function printedPlan(report: PlanReport, stream: NodeJS.WriteStream): string {
  return planText(report, { colour: wantsColour(stream), columns: stream.isTTY ? Math.max(stream.columns, 60) : 80 })
}

/** The graph drawn downwards, each node with its kind, what a run would do with it, and what changed. */
export function planText(report: PlanReport, format: TextFormat): string {
  const nodes = new Map(report.nodes.map((node) => [node.id, node]))
  const rows = drawLanes(report.nodes, (id) => SYMBOLS[nodes.get(id)?.state ?? 'always'])
  const drawn = Math.max(...rows.map(({ text }) => text.length))
  const layout: Layout = { ...format, nodes, graph: drawn, names: longest(report.nodes.map(({ id }) => id)) }
  const body = drawn <= MOST_GRAPH ? rows.flatMap((row) => rowLines(row, layout)) : listLines(report, layout)
  return [...header(report), '', ...body, ...footer(report), ''].join('\n')
}

/** Wider graphs are listed instead: beyond this no line is left for words. */
const MOST_GRAPH = 30
/** Notes that would have less room than this beside a node stand under it. */
const LEAST_NOTES = 32
const KIND_WIDTH = 9
const STATE_WIDTH = 8

const SYMBOLS = { reused: '○', runs: '●', unknown: '◌', ends: '✗', fails: '✗', always: '●' } as const
const COUNTED = {
  reused: 'reused',
  runs: 'to run',
  unknown: 'unknown',
  ends: 'to end the run',
  fails: 'to fail',
  always: 'to run always',
} as const
const COLOURS = {
  reused: 'green',
  runs: 'yellow',
  unknown: 'cyan',
  ends: 'red',
  fails: 'red',
  always: 'yellow',
} as const

interface Layout extends TextFormat {
  readonly nodes: ReadonlyMap<string, ReportedNode>
  /** Width of the drawing. */
  readonly graph: number
  /** Width of the longest id. */
  readonly names: number
}

function header({ pipeline, plan, applied, nodes }: PlanReport): readonly string[] {
  const counts = (['reused', 'runs', 'unknown', 'ends', 'fails', 'always'] as const)
    .map((state) => [nodes.filter((node) => node.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${COUNTED[state]}`)
  return [
    `${pipeline}  plan ${plan.slice(0, 12)}  ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}: ${counts.join(', ')}`,
    comparison(plan, applied),
  ]
}

function comparison(plan: string, applied: PlanReport['applied']): string {
  if (applied === null) return 'no run of this pipeline so far'
  const at = `${applied.appliedAt.slice(0, 16).replace('T', ' ')} UTC`
  return applied.plan === plan
    ? `the plan of the last run, ${at}`
    : `against plan ${applied.plan.slice(0, 12)}, last run ${at}`
}

function footer({ removed }: PlanReport): readonly string[] {
  return removed.length === 0 ? [] : ['', `removed: ${removed.join(', ')}`]
}

function rowLines({ id, text, below }: LaneRow, layout: Layout): readonly string[] {
  const node = id === undefined ? undefined : layout.nodes.get(id)
  return node === undefined ? [text] : nodeLines(node, { ...layout, first: text, more: below })
}

function listLines({ nodes }: PlanReport, layout: Layout): readonly string[] {
  return nodes.flatMap((node) => {
    const after = node.needs.length === 0 ? '' : `after ${shortList(node.needs)}`
    return nodeLines(node, { ...layout, graph: 1, first: SYMBOLS[node.state], more: '' }, after)
  })
}

function shortList(ids: readonly string[]): string {
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more`
}

interface NodeLayout extends Layout {
  readonly first: string
  readonly more: string
}

function nodeLines(node: ReportedNode, layout: NodeLayout, before = ''): readonly string[] {
  const { graph, names, columns, first, more } = layout
  const margin = graph + names + KIND_WIDTH + STATE_WIDTH + 8
  const narrow = columns - margin < LEAST_NOTES
  const indent = narrow ? graph + 4 : margin
  const notes = wrapped([before, ...notesOf(node)].filter((note) => note !== '').join('; '), columns - indent)
  const state = paint(node.state.padEnd(STATE_WIDTH), COLOURS[node.state], layout)
  const title = `${first.padEnd(graph)}  ${node.id.padEnd(names)}  ${node.kind.padEnd(KIND_WIDTH)}  ${state}`
  const [start, ...rest] = narrow ? ['', ...notes] : notes
  const under = rest.map((line) => `${more.padEnd(indent)}${line}`)
  return [start === undefined || start === '' ? title.trimEnd() : `${title}  ${start}`, ...under]
}

function notesOf(node: ReportedNode): readonly string[] {
  const { reasons, policy } = node
  const how =
    policy.length === 0 ? [] : [`${reasons.length === 0 ? 'only policy changed' : 'policy'}: ${policy.join(', ')}`]
  return [...stateNotes(node), ...reasons, ...how]
}

function stateNotes(node: ReportedNode): readonly string[] {
  if (node.state === 'fails') return [node.message]
  if (node.state === 'ends') return [`${node.verdict}, as the last time`]
  if (node.state === 'runs' && node.items !== undefined) {
    const { reused, total } = node.items
    return [`${total - reused} of ${total} ${node.kind === 'ingest' ? 'files' : 'elements'}`]
  }
  if (node.state !== 'unknown') return []
  const done =
    node.nodes.length === 0
      ? []
      : [`until ${node.nodes.map((id) => `"${id}"`).join(', ')} ${node.nodes.length === 1 ? 'is' : 'are'} done`]
  const given = node.parameters.map((name) => `until parameter "${name}" is given`)
  return [...done, ...given]
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length))
}

function paint(text: string, style: (typeof COLOURS)[keyof typeof COLOURS], { colour }: TextFormat): string {
  return colour ? styleText(style, text, { validateStream: false }) : text
}

import type { ApprovalStatus, RunStatus } from '../../workflows/run-status.ts'
import { paint, type Style } from '../colour.ts'
import { shortTime } from '../models/table.ts'

export type NodeStatus = RunStatus['nodes'][number]

export interface ViewOptions {
  readonly colour: boolean
  readonly nowMillis: number
  /** Terminal rows that the picture may take. */
  readonly rows: number
}

/** The run as lines for a terminal: a line a node where there is room, else the nodes that run or failed and a count. */
export function statusLines(status: RunStatus, options: ViewOptions): readonly string[] {
  const { nodes, awaitingWorker } = status
  const approvals = status.approvals.flatMap(approvalLines)
  const room = options.rows - awaitingWorker.length - approvals.length - 1
  const telling =
    nodes.length <= room ? nodes : nodes.filter(({ state }) => state === 'running' || state === 'failed').slice(0, room)
  const widths = widthsOf(telling)
  return [
    ...telling.map((node) => nodeLine(node, { ...options, widths })),
    ...awaitingWorker.map((queue) => paint('yellow', `  waits for a worker on "${queue}"`, options)),
    ...approvals.map((line) => paint('yellow', line, options)),
    paint('dim', `  ${countLine(status)}`, options),
  ]
}

/** Who has voted, what is missing, and how to vote. */
export function approvalLines({ run, model, version, by, tally, expiresAt }: ApprovalStatus): readonly string[] {
  const voted = tally.votes.map(({ person, decision }) => `${person}: ${decision}`).join(', ')
  const counted = `${tally.approvals} of ${tally.quorum} approvals${voted === '' ? '' : ` (${voted})`}`
  return [
    `  waits for approval of ${model}@${version} by ${by} until ${shortTime(expiresAt)}: ${counted}`,
    `    anneal approve ${run} --as PERSON`,
  ]
}

export interface Widths {
  readonly id: number
  readonly kind: number
}

export function widthsOf(nodes: readonly NodeStatus[]): Widths {
  return {
    id: Math.max(0, ...nodes.map(({ id }) => id.length)),
    kind: Math.max(0, ...nodes.map(({ kind }) => kind.length)),
  }
}

/** One node's line, for logs that grow line by line too. */
export function nodeLine(node: NodeStatus, options: ViewOptions & { readonly widths: Widths }): string {
  const { style, mark, words } = pictureOf(node, options)
  const { id, kind } = options.widths
  const named = `${node.id.padEnd(id)}  ${paint('dim', node.kind.padEnd(kind), options)}`
  return `  ${paint(style, mark, options)} ${named}  ${words}`.trimEnd()
}

interface Picture {
  readonly style: Style
  readonly mark: string
  readonly words: string
}

function pictureOf(node: NodeStatus, options: ViewOptions): Picture {
  switch (node.state) {
    case 'waiting':
      return { style: 'dim', mark: '○', words: paint('dim', 'waits', options) }
    case 'running':
      return { style: 'cyan', mark: '◐', words: runningWords(node, options) }
    case 'done': {
      const { verdict } = node.answer
      if (verdict !== undefined) return { style: 'red', mark: '✗', words: verdict }
      const digest = paint('dim', node.answer.digest.slice(0, 12), options)
      return node.answer.reused
        ? { style: 'green', mark: '↺', words: `reused  ${digest}` }
        : { style: 'green', mark: '✓', words: `done    ${digest}` }
    }
    case 'failed':
      return { style: 'red', mark: '✗', words: failureWords(node) }
  }
}

function runningWords(node: NodeStatus & { readonly state: 'running' }, { nowMillis }: ViewOptions): string {
  const items = node.items === undefined ? '' : `${node.items.done} of ${node.items.total}, `
  return `runs    ${items}${duration(nowMillis - node.sinceMillis)}`
}

/** The message's first line, without the name that stands beside it. */
function failureWords({ id, kind, message }: NodeStatus & { readonly state: 'failed' }): string {
  const [first = ''] = message.split('\n')
  // A step that a cancellation stopped has no words of its own.
  if (first === '') return 'stopped'
  const named = [`${kind} "${id}" `, `node "${id}" `, `node "${id}": `].find((name) => first.startsWith(name)) ?? ''
  return `failed  ${first.slice(named.length)}`
}

function countLine({ nodes, stopping }: RunStatus): string {
  const count = (state: NodeStatus['state']): number => nodes.filter((node) => node.state === state).length
  const others = (['running', 'failed', 'waiting'] as const)
    .map((state) => [count(state), state] as const)
    .filter(([number]) => number > 0)
    .map(([number, state]) => `, ${number} ${state === 'failed' && stopping === 'cancelled' ? 'stopped' : state}`)
  return `${count('done')} of ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} done${others.join('')}`
}

/** `0.4 s`, `2 min 05 s`, `3 h 20 min`. */
export function duration(millis: number): string {
  const seconds = Math.max(0, millis) / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

import type { ApprovalStatus, RunStatus } from '../../workflows/run-status.ts'
import { paint, wantsColour } from '../colour.ts'
import { approvalLines, nodeLine, statusLines, type Widths, widthsOf } from './run-view.ts'

export interface Progress {
  /** `undefined`: no worker answers, so nothing is known. */
  readonly show: (status: RunStatus | undefined) => void
}

/** Progress on stderr: a picture that is redrawn on a terminal, a line per settled node elsewhere. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY && process.env['TERM'] !== 'dumb' ? redrawn(stream) : appended(stream)
}

/** Progress as JSON lines on stdout: every change of a node. */
export function progressAsJson(stream: NodeJS.WritableStream): Progress {
  return changes({
    node: (node) => stream.write(`${JSON.stringify({ event: 'node', ...node })}\n`),
    silence: () => stream.write(`${JSON.stringify({ event: 'no-worker' })}\n`),
    awaiting: (queue) => stream.write(`${JSON.stringify({ event: 'awaiting-worker', queue })}\n`),
    approval: (asked) => stream.write(`${JSON.stringify({ event: 'awaiting-approval', ...asked })}\n`),
  })
}

const SILENCE = 'no worker answers; the run goes on as soon as one does'

function redrawn(stream: NodeJS.WriteStream): Progress {
  const format = { colour: wantsColour(stream) }
  let known: RunStatus | undefined
  let drawn: readonly string[] = []
  return {
    show: (status) => {
      known = status ?? known
      const room = { nowMillis: Date.now(), rows: Math.max(stream.rows - 4, 5) }
      const lines = [
        ...(known === undefined ? [] : statusLines(known, { ...format, ...room })),
        ...(status === undefined ? [paint('yellow', `  ${SILENCE}`, format)] : []),
      ].map((line) => clip(line, stream.columns))
      const height = heightOf(drawn, stream.columns)
      const up = height === 0 ? '' : `${ESC}[${height}A\r`
      stream.write(`${up}${lines.map((line) => `${line}${ESC}[K\n`).join('')}${ESC}[J`)
      drawn = lines
    },
  }
}

function appended(stream: NodeJS.WriteStream): Progress {
  const format = { colour: false, nowMillis: 0, rows: 1 }
  return changes({
    node: (node, widths) => {
      if (node.state !== 'running') stream.write(`${nodeLine(node, { ...format, widths })}\n`)
    },
    silence: () => stream.write(`  ${SILENCE}\n`),
    awaiting: (queue) => stream.write(`  waits for a worker on "${queue}"\n`),
    approval: (asked) => stream.write(`${approvalLines(asked).join('\n')}\n`),
  })
}

interface Listener {
  readonly node: (node: RunStatus['nodes'][number], widths: Widths) => void
  readonly silence: () => void
  readonly awaiting: (queue: string) => void
  readonly approval: (asked: ApprovalStatus) => void
}

/** Tells each thing once. */
function changes({ node: tell, silence, awaiting, approval }: Listener): Progress {
  const told = new Map<string, string>()
  let awaited: readonly string[] = []
  let silent = false
  return {
    show: (status) => {
      if (status === undefined && !silent) silence()
      silent = status === undefined
      if (status === undefined) return
      for (const queue of status.awaitingWorker.filter((each) => !awaited.includes(each))) awaiting(queue)
      awaited = status.awaitingWorker
      for (const asked of status.approvals) {
        const text = JSON.stringify(asked)
        if (told.get(asked.nonce) !== text) approval(asked)
        told.set(asked.nonce, text)
      }
      const widths = widthsOf(status.nodes)
      for (const node of status.nodes) {
        const text = JSON.stringify(node)
        if (node.state !== 'waiting' && told.get(node.id) !== text) tell(node, widths)
        told.set(node.id, text)
      }
    },
  }
}

const ESC = '\u001B'
const ESCAPE = new RegExp(`(${ESC}\\[[\\d;]*m)`)

/** Escapes take no room: only text is counted, and a cut line ends its colour. */
function clip(line: string, columns: number): string {
  let room = columns - 1
  let clipped = ''
  for (const piece of line.split(ESCAPE)) {
    if (piece.startsWith(ESC)) clipped += piece
    else {
      clipped += piece.slice(0, Math.max(room, 0))
      room -= piece.length
    }
  }
  return clipped
}

/** Rows that lines take on a terminal, also after it became narrower than when they were written. */
function heightOf(lines: readonly string[], columns: number): number {
  const lengths = lines.map((line) => line.split(ESCAPE).reduce((sum, piece) => sum + widthOf(piece), 0))
  return lengths.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / columns)), 0)
}

function widthOf(piece: string): number {
  return piece.startsWith(ESC) ? 0 : piece.length
}

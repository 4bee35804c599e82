import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { progressOn } from '../../../cli/run/progress.ts'
import type { RunStatus } from '../../../workflows/run-status.ts'

const DONE = { state: 'done', answer: { key: 'k', digest: 'd'.repeat(64), reused: false } } as const

function status(...nodes: RunStatus['nodes']): RunStatus {
  return { order: '', stopping: false, awaitingWorker: [], approvals: [], nodes }
}

interface Screen {
  readonly written: string[]
  columns: number
  readonly rows: number
  readonly isTTY: boolean
  readonly write: (text: string) => boolean
}

function screen({ isTTY, columns = 80 }: { readonly isTTY: boolean; readonly columns?: number }): Screen {
  const written: string[] = []
  return { written, columns, rows: 24, isTTY, write: (text) => written.push(text) > 0 }
}

function show(on: Screen, ...pictures: readonly (RunStatus | undefined)[]): readonly string[] {
  // Of a stream only these members are used.
  const progress = progressOn(on as unknown as NodeJS.WriteStream)
  for (const picture of pictures) progress.show(picture)
  return on.written
}

it('draws over what it drew before, also after the terminal became narrower', () => {
  const on = screen({ isTTY: true, columns: 40 })
  const node = { id: 'a'.repeat(20), kind: 'task' } as const
  const progress = progressOn(on as unknown as NodeJS.WriteStream)
  progress.show(status({ ...node, state: 'waiting' }))
  on.columns = 20
  progress.show(status({ ...node, ...DONE }))
  // The node's line, 35 wide, takes two rows of 20, and so does the count, 31 wide.
  expect(on.written[1]?.startsWith('\u001B[4A\r')).toBe(true)
})

it('cuts lines that are wider than the terminal', () => {
  const [text = ''] = show(screen({ isTTY: true, columns: 30 }), status({ id: 'a'.repeat(60), kind: 'task', ...DONE }))
  const lines = stripVTControlCharacters(text).split('\n')
  expect(Math.max(...lines.map(({ length }) => length))).toBe(29)
})

it('grows line by line where nothing can be drawn over, each node told once it is settled', () => {
  const on = screen({ isTTY: false })
  const running = status({ id: 'split', kind: 'task', state: 'running', sinceMillis: 0 })
  const done = status({ id: 'split', kind: 'task', ...DONE })
  expect(show(on, running, running, done, done)).toEqual(['  ✓ split  task  done    dddddddddddd\n'])
})

it('says once that no worker answers, and which queue is waited for', () => {
  const awaiting = { ...status({ id: 'fit', kind: 'task', state: 'waiting' }), awaitingWorker: ['anneal-gpu'] }
  expect(show(screen({ isTTY: false }), undefined, undefined, awaiting, awaiting)).toEqual([
    '  no worker answers; the run goes on as soon as one does\n',
    '  waits for a worker on "anneal-gpu"\n',
  ])
})

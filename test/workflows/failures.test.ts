import { expect, it } from 'vitest'
import { nodesFailed } from '../../workflows/failures.ts'
import { settle, startState } from '../../workflows/run-state.ts'
import type { RunNode } from '../../workflows/skeleton.ts'

const POLICY = { queue: 'light', attempts: 1, backoffMillis: 0, timeoutMillis: 1, heartbeatMillis: 1 } as const

function failedRun(count: number): ReturnType<typeof nodesFailed> {
  const nodes = Array.from({ length: count }, (_, index): RunNode => ({
    id: `n${index}`,
    kind: 'task',
    step: 'task',
    needs: [],
    policy: POLICY,
  }))
  const run = startState(nodes)
  for (const node of nodes) settle(run, node, { state: 'failed', message: 'x'.repeat(4096), code: 'task-threw' })
  return nodesFailed(run)
}

it('a run of few failed nodes names each, with the codes of all once', () => {
  const { message, details } = failedRun(2)
  expect(message).toMatch(/^node "n0": x+\nnode "n1": x+$/)
  expect(details).toEqual([{ codes: ['task-threw'] }])
})

it('a run of many failed nodes names the first ones, counts the others and stays under 64 KiB', () => {
  const { message } = failedRun(1000)
  expect(message).toMatch(/\nnode "n14": x+\nand 985 more nodes$/)
  expect(message.length).toBeLessThan(64 * 1024)
})

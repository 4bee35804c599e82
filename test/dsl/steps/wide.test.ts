import { describe, expect, it } from 'vitest'
import { pipeline, task, z } from '../../../dsl/index.ts'
import { skeletonOf } from '../../../dsl/skeleton.ts'
import type { Step } from '../../../dsl/step.ts'
import { compiled } from './compiled.ts'
import { typeChecked } from './type-checked.ts'

const WIDTH = 300

describe(`a pipeline of ${WIDTH} steps`, () => {
  it('compiles to one node a step, each after what it needs', () => {
    const { nodes } = compiled(wide())
    expect(nodes).toHaveLength(WIDTH + 1)
    const ranks = new Map(nodes.map(({ id }, rank) => [id, rank]))
    for (const [rank, { needs }] of nodes.entries()) {
      for (const need of needs) expect(ranks.get(need)).toBeLessThan(rank)
    }
    expect(nodes.at(-1)).toMatchObject({ id: 'sum', needs: nodes.slice(0, -1).map(({ id }) => id) })
  })

  it('has a skeleton of at most 24 bytes a node and its id, and what nodes need besides', () => {
    const { nodes, policies } = skeletonOf(compiled(wide()))
    const bare = nodes.map((node) => ({ ...node, id: '', needs: [] }))
    expect(JSON.stringify(bare).length / nodes.length).toBeLessThanOrEqual(24)
    expect(policies).toHaveLength(1)
  })

  it('type-checks with work that grows as its length', async () => {
    const [short, long] = await Promise.all([typeChecked(source(WIDTH / 10)), typeChecked(source(WIDTH))])
    expect([...short.messages, ...long.messages]).toEqual([])
    expect(long.instantiations - short.instantiations).toBeLessThan(WIDTH * INSTANTIATIONS_A_STEP)
  }, 60_000)
})

/** 830 with TypeScript 7.0.2 and zod 4.6.7, where each step has schemas of its own. */
const INSTANTIATIONS_A_STEP = 1000

/** Each step reads the one before it and the one halfway; the last one reads all. */
function wide(): ReturnType<typeof pipeline> {
  const numbers = z.object({ list: z.array(z.number()) })
  const add = task('add', {
    input: numbers,
    output: z.object({ n: z.number() }),
    run: ({ list }) => ({ n: list.length }),
  })
  const steps: Step<{ n: number }>[] = []
  for (let index = 0; index < WIDTH; index += 1) {
    const read = index === 0 ? [] : [steps[index - 1], steps[Math.floor(index / 2)]]
    steps.push(add({ list: read.map((step) => step?.output.n ?? 0) }, { id: `step-${index}` }))
  }
  return pipeline('wide', { steps: [add({ list: steps.map((step) => step.output.n) }, { id: 'sum' })] })
}

function source(length: number): string {
  const steps = Array.from({ length }, (_, index) => {
    const schema = `z.object({ rows_${index}: z.int(), kind: z.enum(['a', 'b', 'k${index}']), more: z.array(z.string()) })`
    const before = index === 0 ? `{ n: 1 }` : `{ n: step${index - 1}.output.rows_${index - 1} }`
    return [
      `const task${index} = task('task-${index}', {`,
      `  input: z.object({ n: z.number() }), output: ${schema},`,
      `  run: ({ n }) => ({ rows_${index}: n, kind: 'k${index}', more: [] }),`,
      `})`,
      `const step${index} = task${index}(${before})`,
    ].join('\n')
  })
  const listed = `export default pipeline('wide', { steps: [step${length - 1}] })`
  return [`import { pipeline, task, z } from 'anneal'`, ...steps, listed].join('\n')
}

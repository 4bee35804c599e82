import { expect, it } from 'vitest'
import { drawLanes, type LaneNode } from '../../cli/plan-lanes.ts'

/** `join: left right` is a node and what it needs. */
function drawn(...lines: readonly string[]): string {
  const nodes: LaneNode[] = lines.map((line) => {
    const [id = '', needs = ''] = line.split(':')
    return { id, needs: needs.split(' ').filter((need) => need !== '') }
  })
  return drawLanes(nodes, () => '●')
    .map(({ text, id }) => (id === undefined ? text : `${text} ${id}`))
    .join('\n')
}

it('draws a chain as one lane', () => {
  expect(drawn('a', 'b: a', 'c: b')).toBe(['● a', '│', '● b', '│', '● c'].join('\n'))
})

it('draws two ways that part and meet', () => {
  expect(drawn('load', 'left: load', 'right: load', 'join: left right')).toBe(
    ['● load', '│', '├─● left', '● │ right', '│ │', '●─╯ join'].join('\n'),
  )
})

it('lets a lane cross the way to a node that does not need it', () => {
  expect(drawn('a', 'b', 'c', 'x: a c', 'y: a b', 'z: x y')).toBe(
    ['● a', '│ ● b', '│ │ ● c', '│ │ │', '├─│─● x', '●─╯ │ y', '│   │', '●───╯ z'].join('\n'),
  )
})

it('carries a result that is needed far below past all between', () => {
  expect(drawn('a', 'b: a', 'c: b', 'd: a c')).toBe(['● a', '│', '├─● b', '│ │', '│ ● c', '│ │', '●─╯ d'].join('\n'))
})

it('ends several lanes in one node', () => {
  expect(drawn('a', 'b', 'c', 'd: a b c')).toBe(['● a', '│ ● b', '│ │ ● c', '│ │ │', '●─┴─╯ d'].join('\n'))
})

it('starts no lane for what nobody needs', () => {
  expect(drawn('a', 'b', 'c')).toBe(['● a', '● b', '● c'].join('\n'))
})

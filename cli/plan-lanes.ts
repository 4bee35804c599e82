/** A node to be drawn. */
export interface LaneNode {
  readonly id: string
  readonly needs: readonly string[]
}

/** One line of the drawing; without `id` it only carries the lanes on. */
export interface LaneRow {
  readonly id?: string
  readonly text: string
  /** The lanes that go on below, for further lines of the node's text. */
  readonly below: string
}

/**
 * Draws a graph downwards, a node a line, each layer apart: a lane carries a node's output to all that need it.
 * `symbolOf` gives one character. Nodes have to stand after what they need.
 *
 * ```
 * ● load
 * │
 * ├─● split
 * ●─╯ join
 * ```
 */
export function drawLanes(nodes: readonly LaneNode[], symbolOf: (id: string) => string): readonly LaneRow[] {
  const waiting = new Map(nodes.map(({ id }) => [id, nodes.filter(({ needs }) => needs.includes(id)).length]))
  const lanes: Lanes = []
  const rows: LaneRow[] = []
  for (const layer of layersOf(nodes)) {
    if (rows.length > 0) rows.push({ text: carried(lanes), below: carried(lanes) })
    for (const node of layer) rows.push(drawNode(node, { lanes, waiting, symbol: symbolOf(node.id) }))
  }
  return rows
}

/** Which node's output each lane carries; changed from node to node. */
type Lanes = (string | undefined)[]

interface Drawing {
  readonly lanes: Lanes
  /** How many nodes below still need a node. */
  readonly waiting: Map<string, number>
  readonly symbol: string
}

/** Nodes by the longest way to them, in each layer in the order given. */
function layersOf(nodes: readonly LaneNode[]): readonly (readonly LaneNode[])[] {
  const depths = new Map<string, number>()
  const layers: LaneNode[][] = []
  for (const node of nodes) {
    const depth = 1 + Math.max(-1, ...node.needs.map((need) => depths.get(need) ?? 0))
    depths.set(node.id, depth)
    const layer = layers[depth]
    if (layer === undefined) layers[depth] = [node]
    else layer.push(node)
  }
  return layers
}

function drawNode({ id, needs }: LaneNode, { lanes, waiting, symbol }: Drawing): LaneRow {
  for (const need of needs) waiting.set(need, (waiting.get(need) ?? 0) - 1)
  const entering = columnsWhere(lanes, (carries) => carries !== undefined && needs.includes(carries))
  const ending = entering.filter((column) => waiting.get(lanes[column] ?? '') === 0)
  const free = columnsWhere(lanes, (carries) => carries === undefined)
  const own = ending[0] ?? free[0] ?? lanes.length
  const text = rowOf({ lanes, entering, ending, own, symbol })
  for (const column of ending) lanes[column] = undefined
  lanes[own] = (waiting.get(id) ?? 0) > 0 ? id : undefined
  while (lanes.length > 0 && lanes.at(-1) === undefined) lanes.pop()
  return { id, text, below: carried(lanes) }
}

function columnsWhere(lanes: Lanes, matches: (carries: string | undefined) => boolean): readonly number[] {
  return [...lanes.keys()].filter((column) => matches(lanes[column]))
}

function carried(lanes: Lanes): string {
  return lanes.map((carries) => (carries === undefined ? ' ' : '│')).join(' ')
}

interface Row {
  readonly lanes: Lanes
  readonly entering: readonly number[]
  readonly ending: readonly number[]
  readonly own: number
  readonly symbol: string
}

function rowOf(row: Row): string {
  const { lanes, entering, own } = row
  const [from, to] = [Math.min(own, ...entering), Math.max(own, ...entering)]
  const columns = Array.from({ length: Math.max(lanes.length, own + 1) }, (_, column) => column)
  return columns
    .map((column) => cellOf(column, row, { from, to }) + (column >= from && column < to ? '─' : ' '))
    .join('')
    .trimEnd()
}

/** A lane that only crosses the way to a node stays `│`; one that joins it shows an arm. */
function cellOf(
  column: number,
  { lanes, entering, ending, own, symbol }: Row,
  span: { from: number; to: number },
): string {
  if (column === own) return symbol
  if (!entering.includes(column)) {
    if (lanes[column] !== undefined) return '│'
    return column > span.from && column < span.to ? '─' : ' '
  }
  const ends = ending.includes(column)
  if (column === span.from) return ends ? '╰' : '├'
  if (column === span.to) return ends ? '╯' : '┤'
  return ends ? '┴' : '┼'
}

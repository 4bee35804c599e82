import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../dsl/digest.ts'
import { parameter, pipeline, task, z } from '../../../dsl/index.ts'
import type { Pipeline } from '../../../dsl/pipeline.ts'
import type { Bind } from '../../../dsl/reference.ts'
import type { AnyStep, Step } from '../../../dsl/step.ts'
import { compiled } from './compiled.ts'

const ROUNDS = 40
const FIRST_SEED = Math.floor(Math.random() * 1_000_000)

type Draw = () => number
type Fields = Readonly<Record<string, Bind<z.core.util.JSONType>>>

const fields = z.record(z.string(), z.json())
const join = task('join', {
  input: fields,
  output: z.object({ a: z.json(), b: z.json() }),
  run: () => ({ a: 1, b: 2 }),
})
const rate = parameter('rate', z.number(), 0.5)

describe('a random pipeline', () => {
  it.each(Array.from({ length: ROUNDS }, (_, round) => FIRST_SEED + round))(
    'has one plan in whatever order its fields are written (seed %i)',
    (seed) => {
      const plain = compiled(declared(seed, asWritten))
      const draw = random(seed + 1)
      expect(digestOf(compiled(declared(seed, (given) => shuffled(given, draw))))).toBe(digestOf(plain))
      expect(plain.nodes.length).toBeGreaterThan(1)
    },
  )

  it.each(Array.from({ length: ROUNDS }, (_, round) => FIRST_SEED + round))(
    'has each node once and after its needs, which are what its input reads (seed %i)',
    (seed) => {
      const { nodes } = compiled(declared(seed, asWritten))
      const earlier = new Set<string>()
      for (const { id, needs, spec } of nodes) {
        expect(needs.filter((need) => !earlier.has(need))).toEqual([])
        const read = JSON.stringify(spec).matchAll(/"node":"([^"]+)"/g)
        expect(new Set(needs)).toEqual(new Set(Array.from(read, ([, node]) => node)))
        expect(earlier).not.toContain(id)
        earlier.add(id)
      }
    },
  )
})

/** Up to 20 steps, each reading some earlier ones; `arrange` orders the fields of everything that has fields. */
function declared(seed: number, arrange: (given: Fields) => Fields): Pipeline {
  const draw = random(seed)
  const steps: Step<{ a: z.core.util.JSONType; b: z.core.util.JSONType }>[] = []
  const length = 2 + Math.floor(draw() * 19)
  for (let index = 0; index < length; index += 1) {
    const given = Object.fromEntries(
      Array.from({ length: 4 }, (_, field) => [`f${field}`, value(steps, draw, arrange)]),
    )
    steps.push(join(arrange(given), { id: `s${index}` }))
  }
  const listed: Record<string, AnyStep<unknown>> = {}
  for (const [index, step] of steps.entries()) if (index > length - 4) listed[`s${index}`] = step
  return pipeline('random', { steps: listed })
}

function value(
  steps: readonly Step<{ a: z.core.util.JSONType; b: z.core.util.JSONType }>[],
  draw: Draw,
  arrange: (given: Fields) => Fields,
): Bind<z.core.util.JSONType> {
  const kind = draw()
  const step = steps[Math.floor(draw() * steps.length)]
  if (kind < 0.2) return arrange({ x: value(steps, draw, arrange), y: value(steps, draw, arrange), z: 1 })
  if (kind < 0.3) return [rate, value(steps, draw, arrange)]
  if (kind < 0.4) return rate
  if (kind < 0.6 || step === undefined) return Math.floor(draw() * 100)
  return kind < 0.8 ? step.output.a : step.output.b
}

function asWritten(given: Fields): Fields {
  return given
}

function shuffled(given: Fields, draw: Draw): Fields {
  const entries = Object.entries(given).map((entry) => ({ entry, rank: draw() }))
  return Object.fromEntries(entries.toSorted((left, right) => left.rank - right.rank).map(({ entry }) => entry))
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function random(seed: number): Draw {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

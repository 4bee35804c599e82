import type { Tick } from './time-axis.ts'

/** From a value to where it stands. */
export interface ValueScale {
  /** 0 to 1, from the bottom; what is outside stands at the edge. */
  readonly share: (value: number) => number
  readonly ticks: readonly Tick[]
  readonly isLog: boolean
}

export interface ScaleOptions {
  /** With ticks' unit. */
  readonly label: (value: number) => string
  /** `zero`: from 0 on. `near`: from near the smallest value on. `any`: from 0, or by powers where the largest dwarfs `bound`. */
  readonly start: 'zero' | 'near' | 'any'
  readonly bound?: number
}

const DWARFS = 5
const MOST_TICKS = 5

export function valueScale(values: readonly number[], { label, start, bound }: ScaleOptions): ValueScale {
  // A bound on the edge would look like a part of the frame.
  const shown = bound === undefined ? values : [...values, bound * 1.1]
  const highest = Math.max(...shown, 0)
  const positive = shown.filter((value) => value > 0)
  if (start === 'any' && bound !== undefined && bound > 0 && highest > DWARFS * bound)
    return powers(Math.min(...positive), { highest, label })
  return start === 'near' && shown.length > 0 ? around(shown, label) : evenly([0, highest || 1], label)
}

/** A tenth of room on both sides, so that no line lies on the edge. */
function around(shown: readonly number[], label: ScaleOptions['label']): ValueScale {
  const [low, high] = [Math.min(...shown), Math.max(...shown)]
  const room = (high - low || Math.abs(high) || 1) * 0.1
  return evenly([low - room, high + room], label)
}

function evenly([low, high]: readonly [number, number], label: ScaleOptions['label']): ValueScale {
  const step = roundStep((high - low) / (MOST_TICKS - 1))
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)]
  const share = (value: number): number => clamped((value / step - first) / (last - first))
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
  return { share, ticks: ticks.map((value) => ({ share: share(value), label: label(value) })), isLog: false }
}

interface PowersOptions {
  readonly highest: number
  readonly label: ScaleOptions['label']
}

function powers(lowest: number, { highest, label }: PowersOptions): ValueScale {
  const [low, high] = [Math.log10(lowest / 1.25), Math.log10(highest * 1.25)]
  const share = (value: number): number => (value <= 0 ? 0 : clamped((Math.log10(value) - low) / (high - low)))
  const exponents = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, index) => Math.floor(low) + index)
  const within = (mantissas: readonly number[]): readonly number[] =>
    exponents
      .flatMap((exponent) => mantissas.map((mantissa) => mantissa * 10 ** exponent))
      .filter((value) => Math.log10(value) >= low && Math.log10(value) <= high)
  const fine = within([1, 2, 5])
  const ticks = fine.length <= MOST_TICKS + 1 ? fine : within([1])
  return { share, ticks: ticks.map((value) => ({ share: share(value), label: label(value) })), isLog: true }
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step))
  return power * ([1, 2, 2.5, 5].find((each) => each * power >= step * 0.999) ?? 10)
}

function clamped(share: number): number {
  return Math.min(1, Math.max(0, share))
}

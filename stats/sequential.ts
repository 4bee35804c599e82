import type { Interval } from './bootstrap.ts'
import { logBeta } from './log-gamma.ts'

/** Events among trials. */
export interface Counted {
  readonly events: number
  readonly trials: number
}

const ANYWHERE: Interval = { low: 0, high: 1 }
/** Halvings of [0, 1] until a double has no digit left. */
const HALVINGS = 60

/**
 * Where the rate of independent events lies, with probability 1 - alpha at all times at once, however often one looks and
 * whenever one stops: the rates p at which the mixture of likelihood ratios over Beta(1/2, 1/2), a martingale of mean 1
 * under p, is below 1 / alpha (Robbins, Annals of Mathematical Statistics 41, 1970; Ville's inequality; Howard, Ramdas,
 * McAuliffe and Sekhon, Annals of Statistics 49, 2021). The prior is the one of Krichevsky and Trofimov (1981), which
 * costs least against rates near 0.
 */
export function rateSequence({ events, trials }: Counted, alpha: number): Interval {
  if (trials === 0) return ANYWHERE
  const others = trials - events
  const constant = logBeta(events + 0.5, others + 0.5) - logBeta(0.5, 0.5)
  const isOut = (rate: number): boolean =>
    constant - times(events, Math.log(rate)) - times(others, Math.log1p(-rate)) >= -Math.log(alpha)
  const likeliest = events / trials
  return {
    low: isOut(0) ? edge(likeliest, { beyond: 0, isOut }) : 0,
    high: isOut(1) ? edge(likeliest, { beyond: 1, isOut }) : 1,
  }
}

/** 0 times infinity is 0 here: what did not happen says nothing. */
function times(count: number, logarithm: number): number {
  return count === 0 ? 0 : count * logarithm
}

interface Edge {
  readonly beyond: number
  readonly isOut: (rate: number) => boolean
}

/** The last rate out, coming from `beyond`: never inside of the true edge. The martingale is convex in the rate. */
function edge(inside: number, { beyond, isOut }: Edge): number {
  let [within, out] = [inside, beyond]
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (within + out) / 2
    if (isOut(middle)) out = middle
    else within = middle
  }
  return out
}

/** Values in [0, 1] in the order in which they came to be known. */
export interface Weighted {
  readonly values: Float64Array
  /** How many each stands for: known before the value is. */
  readonly weights: Float64Array
}

/** Beyond this a bet on one value could lose more than there is. */
const MOST = 0.5

/**
 * Where the mean of values in [0, 1] lies, at all times at once as above: the predictable plug-in empirical Bernstein
 * sequence (Waudby-Smith and Ramdas, JRSS B 86, 2024, theorem 2). A value's weight scales its bet, which may hang on all
 * that is known before the value.
 */
export function meanSequence({ values, weights }: Weighted, alpha: number): Interval {
  const budget = Math.log(2 / alpha)
  let [sum, squares, heaviest] = [0.5, 0.25, 0]
  let [bets, won, spent] = [0, 0, 0]
  for (const [index, value] of values.entries()) {
    const weight = weights[index] ?? 1
    heaviest = Math.max(heaviest, weight)
    const seen = index + 1
    const before = sum / seen
    const spread = squares / seen
    const bet = (Math.min(Math.sqrt((2 * budget) / (spread * seen * Math.log1p(seen))), MOST) * weight) / heaviest
    bets += bet
    won += bet * value
    spent += (value - before) ** 2 * (-Math.log1p(-bet) - bet)
    sum += value
    squares += (value - sum / (seen + 1)) ** 2
  }
  if (bets === 0) return ANYWHERE
  const [middle, radius] = [won / bets, (budget + spent) / bets]
  return { low: Math.max(0, middle - radius), high: Math.min(1, middle + radius) }
}

/** Of `one` minus `other`, where each has its own interval: both hold with the sum of their alphas (union bound). */
export function differenceOf(one: Interval, other: Interval): Interval {
  return { low: one.low - other.high, high: one.high - other.low }
}

/** How many rows fell into each bin, in the order of the bins. */
export type BinCounts = readonly number[] | Float64Array

/** How far two distributions are apart; both have the same bins. 0: they are equal. */
export type DriftMeasure = 'psi' | 'ks' | 'js'

/** Half a row a bin (Krichevsky and Trofimov, IEEE Trans. Inf. Theory 27(2), 1981): an empty bin has no logarithm. */
const SMOOTHING = 0.5

export function driftBetween(measure: DriftMeasure, expected: BinCounts, actual: BinCounts): number {
  switch (measure) {
    case 'psi':
      return populationStability(expected, actual)
    case 'ks':
      return kolmogorovSmirnov(expected, actual)
    case 'js':
      return jensenShannon(expected, actual)
  }
}

/**
 * Population stability index, sum (a - e) ln(a / e) over the shares of the bins (Siddiqi, "Credit Risk Scorecards", 2006,
 * p. 136): Jeffreys' divergence. Half a row is added to each bin of both. By the custom of that field 0.1 is a change to
 * look at, 0.25 a large one.
 */
function populationStability(expected: BinCounts, actual: BinCounts): number {
  const [all, own] = [total(expected) + SMOOTHING * expected.length, total(actual) + SMOOTHING * actual.length]
  let index = 0
  for (let bin = 0; bin < expected.length; bin += 1) {
    const was = (at(expected, bin) + SMOOTHING) / all
    const is = (at(actual, bin) + SMOOTHING) / own
    index += (is - was) * Math.log(is / was)
  }
  return index
}

/**
 * The largest difference of the two cumulative distributions (Kolmogorov 1933, Smirnov 1939) at the upper edges of the bins,
 * 0 to 1. Between edges it may be larger, by less than the share of a bin. NaN where either has no row.
 */
function kolmogorovSmirnov(expected: BinCounts, actual: BinCounts): number {
  const [all, own] = [total(expected), total(actual)]
  let [was, is, largest] = [0, 0, 0]
  for (let bin = 0; bin < expected.length; bin += 1) {
    was += at(expected, bin)
    is += at(actual, bin)
    largest = Math.max(largest, Math.abs(was / all - is / own))
  }
  return all === 0 || own === 0 ? Number.NaN : largest
}

/**
 * Jensen-Shannon distance to base 2, the square root of the divergence (Endres and Schindelin, IEEE Trans. Inf. Theory
 * 49(7), 2003), 0 to 1, as `scipy.spatial.distance.jensenshannon(p, q, 2)`. NaN where either has no row.
 */
function jensenShannon(expected: BinCounts, actual: BinCounts): number {
  const [all, own] = [total(expected), total(actual)]
  let divergence = 0
  for (let bin = 0; bin < expected.length; bin += 1) {
    const [was, is] = [at(expected, bin) / all, at(actual, bin) / own]
    const middle = (was + is) / 2
    divergence += (information(was, middle) + information(is, middle)) / 2
  }
  // Equal shares may come to a little less than 0.
  return Math.sqrt(Math.max(divergence, 0))
}

function information(share: number, of: number): number {
  return share === 0 ? 0 : share * Math.log2(share / of)
}

function total(counts: BinCounts): number {
  let sum = 0
  for (let bin = 0; bin < counts.length; bin += 1) sum += at(counts, bin)
  return sum
}

function at(counts: BinCounts, bin: number): number {
  return counts[bin] ?? 0
}

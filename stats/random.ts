/** 32 random bits as a number from 0 to 2^32 - 1. */
export type RandomBits = () => number

/**
 * xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021), its state
 * filled from the seed by SplitMix32: equal seeds give equal numbers on every machine.
 */
export function randomBits(seed: number): RandomBits {
  const next = splitMix(seed)
  let [a, b, c, d] = [next(), next(), next(), next() | 1]
  return () => {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
}

/** The 32-bit finaliser of MurmurHash3 over a Weyl sequence (Steele, Lea and Flood, OOPSLA 2014). */
function splitMix(seed: number): RandomBits {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return mixed ^ (mixed >>> 16)
  }
}

const MOST = 12
const GUIDE_BITS = 12

/** P(X <= k) of Poisson(1), in units of 2^-32: 1/e · Σ 1/i!. The last one catches all. */
const CUMULATIVE = cumulativePoisson()
/** Where to begin to look, by the leading bits: the indexed search of Chen and Asau (AIIE Transactions 6, 1974). */
const GUIDE = Uint8Array.from({ length: 2 ** GUIDE_BITS }, (_, bits) => {
  const least = bits * 2 ** (32 - GUIDE_BITS)
  return CUMULATIVE.findIndex((bound) => least < bound)
})

/**
 * Fills `weights` with independent draws of Poisson(1): how often each row is in a resample, without drawing rows.
 * The Poisson bootstrap: Hanley and MacGibbon, Comput. Methods Programs Biomed. 83 (2006); Chamandy et al., "Estimating
 * uncertainty for massive data streams", Google (2012). Exact to 2^-32.
 */
export function fillPoisson(weights: Uint8Array, random: RandomBits): void {
  for (let row = 0; row < weights.length; row += 1) {
    const bits = random()
    let count = GUIDE[bits >>> (32 - GUIDE_BITS)] ?? 0
    while (bits >= (CUMULATIVE[count] ?? Infinity)) count += 1
    weights[row] = count
  }
}

function cumulativePoisson(): Float64Array {
  const bounds = new Float64Array(MOST + 1)
  let [term, sum] = [Math.exp(-1), 0]
  for (let count = 0; count <= MOST; count += 1) {
    sum += term
    term /= count + 1
    bounds[count] = Math.floor(sum * 2 ** 32)
  }
  bounds[MOST] = 2 ** 32
  return bounds
}

interface Counting {
  /** Need not add up to 1. */
  readonly weights: Float64Array
  readonly rows: number
  readonly random: RandomBits
}

/**
 * Fills `counts` with how often each bin comes up in about `rows` draws: independent Poisson counts, which are multinomial
 * given their sum (Feller, "An Introduction to Probability Theory", vol. 1, VI.7). From a mean of 50 on by the normal
 * approximation, rounded.
 */
export function fillCounts(counts: Float64Array, { weights, rows, random }: Counting): void {
  let total = 0
  for (let bin = 0; bin < weights.length; bin += 1) total += weights[bin] ?? 0
  for (let bin = 0; bin < counts.length; bin += 1) {
    counts[bin] = poisson((rows * (weights[bin] ?? 0)) / (total || 1), random)
  }
}

const NORMAL_FROM = 50

function poisson(mean: number, random: RandomBits): number {
  if (mean >= NORMAL_FROM) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  // By the gaps between events of a Poisson process.
  let count = 0
  for (let left = mean + Math.log(unit(random)); left > 0; left += Math.log(unit(random))) count += 1
  return count
}

/** Box and Muller, Annals of Mathematical Statistics 29(2), 1958. */
function normal(random: RandomBits): number {
  return Math.sqrt(-2 * Math.log(unit(random))) * Math.cos(2 * Math.PI * unit(random))
}

/** In (0, 1). */
function unit(random: RandomBits): number {
  return (random() + 0.5) / 2 ** 32
}

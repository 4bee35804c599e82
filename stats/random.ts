/** 32 random bits as a number from 0 to 2^32 - 1. */
export type RandomBits = () => number

/**
 * xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021), its state
 * filled from the seed by SplitMix32: equal seeds give equal numbers on every machine.
 */
export function randomBits(seed: number): RandomBits {
  const next = splitMix(seed)
  const state = Int32Array.of(next(), next(), next(), next() | 1)
  const block = new Uint32Array(BLOCK)
  let at = BLOCK
  return () => {
    if (at === BLOCK) {
      fillBits(block, state)
      at = 0
    }
    return block[at++] ?? 0
  }
}

/** Numbers that are made at once: in a closure each write of the state would allocate. */
const BLOCK = 256

function fillBits(block: Uint32Array, state: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0] = state
  for (let at = 0; at < block.length; at += 1) {
    const product = Math.imul(b, 5)
    block[at] = Math.imul((product << 7) | (product >>> 25), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
  }
  state.set([a, b, c, d])
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

/** P(X <= k) of Poisson(1), in units of 2^-32: 1/e · Σ 1/i!. The last one catches all. */
const CUMULATIVE = cumulativePoisson()
/** The 16 bits that follow decide. */
const UNDECIDED = 255
/** What a draw is by its leading 16 bits (Marsaglia, "Generating discrete random variables in a computer", CACM 6(1), 1963). */
const BY_LEADING = byLeading()

/**
 * Fills `weights` with independent draws of Poisson(1): how often each row is in a resample, without drawing rows.
 * The Poisson bootstrap: Hanley and MacGibbon, Comput. Methods Programs Biomed. 83 (2006); Chamandy et al., "Estimating
 * uncertainty for massive data streams", Google (2012). Exact to 2^-32.
 */
export function fillPoisson(weights: Uint8Array, random: RandomBits): void {
  for (let row = 0; row < weights.length; row += 2) {
    const bits = random()
    weights[row] = drawn(bits >>> 16, random)
    if (row + 1 < weights.length) weights[row + 1] = drawn(bits & 0xffff, random)
  }
}

function drawn(leading: number, random: RandomBits): number {
  const count = BY_LEADING[leading] ?? UNDECIDED
  return count === UNDECIDED ? countOf(leading * 2 ** 16 + (random() >>> 16)) : count
}

function countOf(bits: number): number {
  return CUMULATIVE.findIndex((bound) => bits < bound)
}

function byLeading(): Uint8Array {
  const counts = new Uint8Array(2 ** 16)
  let from = 0
  for (const [count, bound] of CUMULATIVE.entries()) {
    const until = Math.floor(bound / 2 ** 16)
    counts.fill(count, from, until)
    if (bound % 2 ** 16 > 0) counts[until] = UNDECIDED
    from = bound % 2 ** 16 > 0 ? until + 1 : until
  }
  return counts
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

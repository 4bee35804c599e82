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

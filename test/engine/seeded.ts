/** Numbers from 0 up to 1 that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `SEED` of the environment, else another one each time; said on stderr. */
export function chosenSeed(): number {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  process.stderr.write(`SEED=${seed}\n`)
  return seed
}

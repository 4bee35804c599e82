/** Σ w, and Σ w·t of each column of terms; a column has one term a row. */
export function weightedSums(columns: readonly Float64Array[], weights?: Uint8Array): readonly number[] {
  if (weights === undefined) return columns.map(sum)
  const triples = Array.from({ length: Math.ceil(columns.length / 3) }, (_, at) => columns.slice(at * 3, at * 3 + 3))
  return triples.flatMap((triple) => threeSums(triple, weights).slice(0, triple.length))
}

export function totalWeight(rows: number, weights?: Uint8Array): number {
  if (weights === undefined) return rows
  let total = 0
  for (let row = 0; row < weights.length; row += 1) total += weights[row] ?? 0
  return total
}

function sum(terms: Float64Array): number {
  let total = 0
  for (let row = 0; row < terms.length; row += 1) total += terms[row] ?? 0
  return total
}

/** A sum waits for the one before it, so three at once take as long as one. */
function threeSums(
  [one = NO_TERMS, two = one, three = one]: readonly Float64Array[],
  weights: Uint8Array,
): readonly number[] {
  let [first, second, third] = [0, 0, 0]
  for (let row = 0; row < weights.length; row += 1) {
    const weight = weights[row] ?? 0
    first += (one[row] ?? 0) * weight
    second += (two[row] ?? 0) * weight
    third += (three[row] ?? 0) * weight
  }
  return [first, second, third]
}

const NO_TERMS = new Float64Array()

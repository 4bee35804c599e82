/** Coefficients B(2k) / (2k (2k - 1)) of Stirling's series (NIST DLMF 5.11.1). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156]
/** From here on the series above is exact to a double's last digits. */
const LARGE = 12

/** ln Γ(x) for x > 0: Stirling's series, reached by Γ(x + 1) = x Γ(x) from below. */
export function logGamma(x: number): number {
  let [at, shifted] = [x, 1]
  for (; at < LARGE; at += 1) shifted *= at
  let [tail, power] = [0, 1 / at]
  for (const coefficient of STIRLING) {
    tail += coefficient * power
    power /= at * at
  }
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + tail - Math.log(shifted)
}

/** ln B(a, b). */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

const LITERAL = String.raw`[A-Za-z0-9 _@%:,=!&~#<>;'"/\x60-]`
const ESCAPED = String.raw`\\[.\\/^$*+?()[\]{}|-]`
const ASCII_CLASS = String.raw`\\[dDwW]`
const CLASS = String.raw`\[\^?(?:[A-Za-z0-9 _@%:,=!~#<>;'"/.*+?$(){}|\x60-]|${ESCAPED}|${ASCII_CLASS})+\]`
const OPERATOR = String.raw`\((?:\?:|(?!\?))|[)|^$*+?]|\{\d{1,3}(?:,\d{0,3})?\}`

const TOKENS = new RegExp(`(?:${LITERAL}|${ESCAPED}|${ASCII_CLASS}|${CLASS}|${OPERATOR}|\\.)`, 'gy')

/** JavaScript's dot stops at four kinds of line end, RE2's at one. */
const DOT = String.raw`[^\n\r\x{2028}\x{2029}]`

/**
 * The pattern for RE2, where it means there what it means to JavaScript with the `u` flag; undefined where this is not
 * known: look-around, back-references, `\s`, `\b`, `\p`, and text outside ASCII.
 */
export function sqlPattern(pattern: string): string | undefined {
  const tokens = pattern.match(TOKENS) ?? []
  if (tokens.join('') !== pattern) return undefined
  return tokens.map((token) => (token === '.' ? DOT : token)).join('')
}

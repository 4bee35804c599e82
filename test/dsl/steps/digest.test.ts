import { describe, expect, it } from 'vitest'
import { canonicalJson, digestOf } from '../../../dsl/digest.ts'

describe('digestOf', () => {
  it('is the SHA-256 of the canonical JSON', () => {
    expect(digestOf({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
  })

  it('does not see the order of fields, and sees the order of lists', () => {
    expect(digestOf({ a: 1, b: { c: [1, 2], d: null } })).toBe(digestOf({ b: { d: null, c: [1, 2] }, a: 1 }))
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]))
  })

  it.each([
    ['NaN', { a: [Number.NaN] }, 'value at /a/0: expected JSON, got NaN'],
    ['infinity', Number.POSITIVE_INFINITY, 'value: expected JSON, got Infinity'],
    ['undefined', { a: undefined }, 'value at /a: expected JSON, got undefined'],
    ['undefined alone', undefined, 'value: expected JSON, got undefined'],
    ['a bigint', { a: { b: 1n } }, 'value at /a/b: expected JSON, got bigint'],
    ['a date', { a: new Date(0) }, 'value at /a: expected JSON, got Date'],
    ['a map', [new Map()], 'value at /0: expected JSON, got Map'],
    ['a hole in a list', Array(2), 'value at /0: expected JSON, got undefined'],
    ['half a character', ['\ud83d'], 'value at /0: expected JSON, got a string that is not Unicode'],
    ['a function', { a: () => 1 }, 'value at /a: expected JSON, got function'],
  ])('refuses %s', (_, value, message) => {
    expect(() => digestOf(value)).toThrow(message)
  })
})

describe('canonicalJson', () => {
  it('sorts fields by UTF-16 code units and writes numbers as ECMAScript does', () => {
    expect(canonicalJson({ '€': 1, a: 1e21, B: -0, '\u{1F600}': 0.000_000_1 })).toBe(
      '{"B":0,"a":1e+21,"€":1,"\u{1F600}":1e-7}',
    )
  })
})

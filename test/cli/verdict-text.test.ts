import { expect, test } from 'vitest'
import { verdictLines } from '../../cli/run/verdict-text.ts'

const failure = { part: 'a.csv', row: 3, column: 'delay', expected: 'a whole number', got: '"x"' }

test('equal faults of a part are told by the first row', () => {
  const failures = [
    failure,
    { ...failure, row: 4 },
    { ...failure, row: 5, got: '"y"' },
    { ...failure, row: 9, column: 'origin', expected: 'text of 3 letters', got: '"ABCD"' },
    { ...failure, row: 12 },
    { ...failure, part: 'b.csv', row: 0 },
  ]
  expect(verdictLines({ failures })).toEqual([
    '  a.csv row 3 delay: expected a whole number, got "x", and 2 more like it',
    '  a.csv row 5 delay: expected a whole number, got "y"',
    '  a.csv row 9 origin: expected text of 3 letters, got "ABCD"',
    '  b.csv row 0 delay: expected a whole number, got "x"',
  ])
})

test('more kinds of faults than there is room for are counted', () => {
  const failures = Array.from({ length: 25 }, (_, index) => ({ ...failure, part: `part-${index}.csv` }))
  const lines = verdictLines({ failures })
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('  and 5 more kinds')
})

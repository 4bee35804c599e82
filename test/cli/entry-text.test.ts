import { expect, it } from 'vitest'
import { entryText } from '../../cli/approvals/entry-text.ts'

const SERVED = { model: 'delay', version: 2, rootDigest: 'a'.repeat(64) }

it.each([
  [
    { generation: 7, cause: 'canary', stable: { ...SERVED, version: 1 }, candidate: { ...SERVED, share: 2000 } },
    'cause canary, stable delay@1, candidate delay@2 at 20 %, generation 7',
  ],
  [{ plan: 'b'.repeat(64), decision: 'approve', comment: null }, 'decision approve, plan bbbbbbbbbbbb'],
  [{ heads: [1, 2, 3] }, 'heads (3)'],
  ['plain', 'plain'],
  [{ reason: 'x'.repeat(200) }, `reason ${'x'.repeat(112)}…`],
])('of %j', (body, text) => {
  expect(entryText(body)).toBe(text)
})

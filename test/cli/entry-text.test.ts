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
  expect(entryText({ kind: 'traffic', body })).toBe(text)
})

it.each([
  [
    'alert',
    { kind: 'drift', of: 'origin', measure: 'psi', value: 0.62, bound: 0.2, end: '2001-05-10T00:00:00.000Z' },
    'drift of origin (PSI): 0.62, wanted at most 0.2',
  ],
  [
    'alert',
    { kind: 'quality', of: 'auc', measure: null, value: 0.6512, bound: 0.68, end: '2001-05-10T00:00:00.000Z' },
    'quality: auc: 0.6512, wanted at least 0.68',
  ],
  [
    'retrain',
    { cause: 'drift', state: 'ordered', reason: 'origin: psi 0.62', eventAt: null, run: 'run:delay:drift-1' },
    'retrain ordered, cause drift: origin: psi 0.62; run:delay:drift-1',
  ],
  [
    'retrain',
    { cause: 'new-data', state: 'declined', reason: 'a month of it', eventAt: null, because: 'cool-down' },
    'retrain declined, cause new-data: a month of it; cool-down',
  ],
  ['alert', { value: 1 }, 'value 1'],
])('of %s %j', (kind, body, text) => {
  expect(entryText({ kind, body })).toBe(text)
})

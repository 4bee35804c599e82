import { expect, test } from 'vitest'
import { windowLine } from '../../cli/start/window-line.ts'
import type { WindowCheck, WindowRecord } from '../../store/monitors.ts'

const DRIFT: WindowCheck = {
  kind: 'drift',
  of: 'origin_late_7d',
  measure: 'psi',
  from: '2001-04-16T00:00:00.000Z',
  value: 0.6204,
  declared: 0.2,
  bound: 0.2,
  baseline: null,
  rows: 8400,
  state: 'breach',
  breaches: 3,
  alert: true,
}

const WINDOW: WindowRecord = {
  service: 'flight-delay',
  number: 43,
  from: '2001-05-13T00:00:00.000Z',
  end: '2001-05-14T00:00:00.000Z',
  readTo: '2026-01-01T00:00:00.000Z',
  model: 'flight-delay@1',
  counts: {
    answered: 1648,
    failed: 2,
    refused: 0,
    latency: [
      [40, 1640],
      [60, 10],
    ],
    byVersion: {},
  },
  sample: '0'.repeat(64),
  labelled: null,
  checks: [DRIFT],
  budgetSpent: null,
  evaluatedAt: '2026-01-01T00:00:01.000Z',
}

test.each<[what: string, changes: Partial<WindowRecord>, line: string]>([
  [
    'a breach',
    {},
    '2001-05-14  flight-delay@1  1,650 requests  2 failed  p99 2.0 ms  origin_late_7d psi 0.62 beyond 0.2 (alert)',
  ],
  [
    'one within its bound',
    { checks: [{ ...DRIFT, state: 'within', alert: false }] },
    '2001-05-14  flight-delay@1  1,650 requests  2 failed  p99 2.0 ms  origin_late_7d psi 0.62',
  ],
  [
    'too little to say',
    { checks: [{ ...DRIFT, value: null, state: 'wait' }] },
    '2001-05-14  flight-delay@1  1,650 requests  2 failed  p99 2.0 ms  origin_late_7d psi –',
  ],
  [
    'nothing at all',
    { checks: [], model: null, counts: { answered: 0, failed: 0, refused: 0, latency: [], byVersion: {} } },
    '2001-05-14  no model  0 requests',
  ],
])('tells of %s', (_, changes, line) => {
  expect(windowLine({ ...WINDOW, ...changes })).toBe(line)
})

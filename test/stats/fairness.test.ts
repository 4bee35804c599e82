import { expect, test } from 'vitest'
import { fairnessMeasure, groupRates, type FairnessExamples } from '../../stats/fairness.ts'

// The expected numbers are what `fairness.py` in this folder prints, whose rows are drawn alike.

function drawn({ rows, count, seed }: { rows: number; count: number; seed: number }): FairnessExamples {
  let state = seed
  const draw = (): number => (state = (state * 48271) % 2147483647)
  const labels = new Uint8Array(rows)
  const selected = new Uint8Array(rows)
  const groups = new Uint32Array(rows)
  for (let row = 0; row < rows; row += 1) {
    const group = draw() % count
    const label = draw() % 100 < 40 + 10 * group ? 1 : 0
    groups[row] = group
    labels[row] = label
    selected[row] = draw() % 100 < 20 + 50 * label + 7 * group ? 1 : 0
  }
  return { labels, selected, groups, count }
}

const METRICS = [
  'demographic_parity_ratio',
  'demographic_parity_difference',
  'equalized_odds_difference',
  'equalized_odds_ratio',
  'equal_opportunity_difference',
]

test.each([
  {
    rows: 60,
    count: 2,
    seed: 1,
    plain: [0.8571428571428571, 0.05555555555555558, 0.14583333333333334, 0.3, 0.125],
    weighted: [0.9770114942528736, 0.00888888888888889, 0.17129629629629628, 0.496551724137931, 0.17129629629629628],
    first: [0.3333333333333333, 0.875, 0.0625],
  },
  {
    rows: 500,
    count: 3,
    seed: 2,
    plain: [0.5835870668406553, 0.28791979949874685, 0.1919375087180918, 0.556980056980057, 0.1919375087180918],
    weighted: [0.5766666666666667, 0.2936416184971098, 0.21755485893416926, 0.576219512195122, 0.21755485893416926],
    first: [0.40350877192982454, 0.6865671641791045, 0.22115384615384615],
  },
  {
    rows: 2000,
    count: 4,
    seed: 3,
    plain: [0.5532849180881608, 0.3385816692268305, 0.17903557777124368, 0.5878851540616247, 0.17903557777124368],
    weighted: [0.5638086917843155, 0.3319035053585615, 0.18319888984814858, 0.6146911138161899, 0.18319888984814858],
    first: [0.41935483870967744, 0.7315789473684211, 0.22549019607843138],
  },
  {
    rows: 997,
    count: 5,
    seed: 4,
    plain: [0.4749999999999999, 0.4622009569377991, 0.28192252510760396, 0.48484848484848486, 0.28192252510760396],
    weighted: [0.5060044879540355, 0.43338958116995496, 0.24429815094611118, 0.5201094716801523, 0.24429815094611118],
    first: [0.41818181818181815, 0.7058823529411765, 0.23703703703703705],
  },
])('$count groups in $rows rows are as far apart as fairlearn says', ({ plain, weighted, first, ...of }) => {
  const examples = drawn(of)
  const measure = fairnessMeasure(examples)
  const weights = Uint8Array.from({ length: of.rows }, (_, row) => (row % 3) + 1)
  for (const [got, expected] of [
    [measure.of(), plain],
    [measure.of(weights), weighted],
  ] as const)
    for (const [index, metric] of METRICS.entries()) expect(got[metric]).toBeCloseTo(expected[index] ?? Number.NaN, 12)
  const [rates] = groupRates(examples)
  expect([rates?.selection_rate, rates?.true_positive_rate, rates?.false_positive_rate]).toEqual(first)
})

const rowsOf = (of: readonly (readonly [group: number, label: number, selected: number])[]): FairnessExamples => ({
  labels: Uint8Array.from(of, ([, label]) => label),
  selected: Uint8Array.from(of, ([, , selected]) => selected),
  groups: Uint32Array.from(of, ([group]) => group),
  count: Math.max(0, ...of.map(([group]) => group + 1)),
})

const NOTHING = Object.fromEntries(METRICS.map((metric) => [metric, null]))

test.each([
  { name: 'no rows', rows: [], expected: NOTHING },
  {
    name: 'one group',
    rows: [
      [0, 1, 1],
      [0, 0, 0],
    ],
    expected: NOTHING,
  },
  {
    name: 'nobody selected: no ratio, and no difference',
    rows: [
      [0, 1, 0],
      [0, 0, 0],
      [1, 1, 0],
      [1, 0, 0],
    ],
    expected: {
      ...NOTHING,
      demographic_parity_difference: 0,
      equalized_odds_difference: 0,
      equal_opportunity_difference: 0,
    },
  },
  {
    name: 'a group without a single case: no odds',
    rows: [
      [0, 1, 1],
      [0, 0, 0],
      [1, 0, 1],
    ],
    expected: { ...NOTHING, demographic_parity_ratio: 0.5, demographic_parity_difference: 0.5 },
  },
] as const)('$name', ({ rows, expected }) => {
  expect(fairnessMeasure(rowsOf(rows)).of()).toEqual(expected)
})

test('columns of another length than the labels are refused', () => {
  const examples = { ...rowsOf([[0, 1, 1]]), selected: Uint8Array.of(1, 0) }
  expect(() => fairnessMeasure(examples)).toThrow('selected: expected 1')
})

/* oxlint-disable unicorn/consistent-function-scoping -- what throws is wrapped beside what it throws */
import { describe, expect, it } from 'vitest'
import type { FeatureColumns } from '../../../dsl/column-views.ts'
import type { BooleanExpression } from '../../../dsl/expression.ts'
import { contract, decimal, features, history, int64, latest, share, timestamp, when, z } from '../../../dsl/index.ts'
import { flights, weather } from '../../fixtures/flight-delay.ts'

describe('the schema of a row', () => {
  it('has no metadata, and spells out what zod leaves empty', () => {
    expect(flights.schema).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      required: [
        'arrival_delay_min',
        'captain',
        'carrier',
        'distance_km',
        'fare',
        'flight_id',
        'inbound_delay_min',
        'origin',
        'scheduled_at',
      ],
      properties: {
        arrival_delay_min: { type: 'integer', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
        captain: { type: ['string', 'null'] },
        carrier: { type: 'string', enum: ['AA', 'DL', 'UA', 'WN'] },
        distance_km: { type: 'number', exclusiveMinimum: 0 },
        fare: { type: 'string', pattern: '^-?(0|[1-9]\\d{0,5})(\\.\\d{1,2})?$' },
        flight_id: { type: 'string', pattern: '^-?(0|[1-9]\\d{0,18})$' },
        inbound_delay_min: {
          anyOf: [
            { type: 'integer', minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
            { type: 'null' },
          ],
        },
        origin: { type: 'string' },
        scheduled_at: { type: 'string', format: 'date-time' },
      },
    })
  })
})

describe('a column', () => {
  it('keeps what its author says, on either side of nullable, with every default written out', () => {
    const { columns } = contract('c', {
      key: 'row',
      columns: {
        inner: z.number().meta({ unit: 'km', pii: 'mask' }).nullable(),
        outer: z
          .number()
          .nullable()
          .meta({ description: 'how far', protected: true, expect: { mean: { atLeast: 1 } } }),
      },
      outcomes: {},
    })
    const rest = { type: { kind: 'number' }, nullable: true, outcome: false, decimals: null }
    const expect0 = { missing: null, distinct: null, mean: null }
    expect(columns).toEqual([
      { ...rest, name: 'inner', unit: 'km', description: null, pii: 'mask', protected: false, expect: expect0 },
      {
        ...rest,
        name: 'outer',
        unit: null,
        description: 'how far',
        pii: null,
        protected: true,
        expect: { ...expect0, mean: { atLeast: 1, atMost: null } },
      },
    ])
  })

  it.each([
    ['int64', int64({ min: 0n }), { kind: 'int64', min: '0', max: '9223372036854775807' }],
    ['decimal', decimal(3, 3), { kind: 'decimal', precision: 3, scale: 3, pattern: '^-?0(\\.\\d{1,3})?$' }],
    ['timestamp', timestamp(), { kind: 'instant', unit: 'microseconds' }],
    ['date', z.date(), { kind: 'instant', unit: 'milliseconds' }],
    ['integer', z.int(), { kind: 'integer' }],
    ['email', z.email(), { kind: 'string' }],
    ['boolean', z.boolean(), { kind: 'boolean' }],
  ])('of %s is plain JSON', (_, schema, type) => {
    expect(contract('c', { key: 'row', columns: { x: schema }, outcomes: {} }).columns[0]?.type).toEqual(type)
  })

  it.each([
    ['a refinement', z.string().refine((text) => text !== ''), 'a refinement'],
    ['a conversion', z.string().trim(), 'a conversion'],
    ['a coercion', z.coerce.number(), 'a coercion'],
    ['bounds on a date', z.date().min(new Date(0)), 'bounds on a date'],
    ['a pipe', z.string().transform(Number), 'a zod "pipe"'],
    ['an unbounded bigint', z.bigint(), 'a zod "bigint"'],
  ])('with %s is refused', (_, schema, got) => {
    const define = () => contract('c', { key: 'row', columns: { x: schema }, outcomes: {} })
    expect(define).toThrow(`c.x: expected a column type that SQL can check, got ${got}`)
  })

  it('with metadata that nobody reads is refused', () => {
    const define = () => contract('c', { key: 'row', columns: { x: z.string().meta({ unti: 'km' }) }, outcomes: {} })
    expect(define).toThrow('c.x: expected sane metadata, got "meta": Unrecognized key: "unti"')
  })

  it('is a column or an outcome, and not both', () => {
    const define = () => contract('c', { key: 'row', columns: { x: z.int() }, outcomes: { x: z.int() } })
    expect(define).toThrow('c.x: expected a column or an outcome, got both')
  })
})

describe('an expression', () => {
  it.each([
    ['decimal', flightsTree((f) => f.fare.lt('9.50')), ['lt', { op: 'literal', type: 'decimal', value: '9.50' }]],
    ['int64', flightsTree((f) => f.flight_id.gte(7n)), ['gte', { op: 'literal', type: 'int64', value: '7' }]],
    ['string', flightsTree((f) => f.carrier.isIn(['AA'])), ['is_in', { op: 'literal', type: 'string', value: 'AA' }]],
    ['number', flightsTree((f) => f.distance_km.gt(9)), ['gt', { op: 'literal', type: 'number', value: 9 }]],
  ])('beside a %s has a literal of that type', (_, tree, [op, literal]) => {
    expect(tree).toEqual({ op, args: [{ op: 'column', name: expect.any(String) }, literal] })
  })

  it('has a condition, and columns of its own row where the past is matched', () => {
    const [past, near] = features('s', flights, (f) => ({
      a_past: history(flights, { by: { origin: f.origin }, within: '2 hours' }, (p) =>
        share(p.distance_km.gt(1)),
      ).orElse(0),
      near: when(f.distance_km.lt(9), { yes: 1, no: f.distance_km }),
    })).features
    expect(past?.expression).toMatchObject({
      op: 'coalesce',
      args: [
        { op: 'history', from: 'flights', by: { origin: { op: 'column', name: 'origin' } }, withinMillis: 7_200_000 },
        { value: 0 },
      ],
    })
    expect(near).toMatchObject({
      type: 'number',
      expression: { op: 'when', args: [{ op: 'lt' }, { value: 1 }, { name: 'distance_km' }] },
    })
  })

  it('refuses a constant that no plan can hold, and a window that holds no time', () => {
    expect(() => flightsTree((f) => f.distance_km.plus(Number.NaN).gt(0))).toThrow(
      'literal: expected a finite number, got "NaN"',
    )
    const define = () =>
      flightsTree((f) => latest(weather, { on: { airport: f.origin }, within: '-1 hours' }).wind_knots.isNull())
    expect(define).toThrow('latest of "weather": expected a window above zero, got "-1 hours"')
  })

  it('refuses a feature whose name is no identifier', () => {
    expect(() => features('s', flights, (f) => ({ 'a b': f.origin }))).toThrow(
      'expected an identifier of at most 63 characters, got "a b"',
    )
  })

  it('refuses two contracts of one name in one feature set', () => {
    const other = contract('flights', { key: 'row', time: 'at', columns: { at: z.date() }, outcomes: {} })
    const define = () => features('s', flights, () => ({ n: latest(other, { on: {}, within: '1 day' }).at.isNull() }))
    expect(define).toThrow('features "s": expected one contract "flights", got two of that name')
  })
})

function flightsTree(
  define: (f: FeatureColumns<typeof flights>) => BooleanExpression<`flights.${string}` | `@${string}`>,
): unknown {
  return features('s', flights, (f) => ({ x: define(f) })).features[0]?.expression
}

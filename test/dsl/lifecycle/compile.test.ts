import { describe, expect, it } from 'vitest'
import { unitsOf } from '../../../dsl/code-units.ts'
import { compile } from '../../../dsl/compile.ts'
import { digestOf } from '../../../dsl/digest.ts'
import {
  atLeast,
  contract,
  features,
  file,
  label,
  localFile,
  model,
  parquet,
  pipeline,
  tabular,
  task,
  z,
} from '../../../dsl/index.ts'
import type { Pipeline } from '../../../dsl/pipeline.ts'
import type { NodeKind, Plan, PlanNode } from '../../../dsl/plan.ts'
import flightDelay, { trees } from '../../fixtures/flight-delay.ts'
import loanApproval, { loanModel } from '../../fixtures/loan-approval.ts'

const packed = {
  code: { 'trainer:tabular': 'a'.repeat(64), 'trainer:torch': 'b'.repeat(64), extract: 'c'.repeat(64) },
  files: { 'loans.parquet': 'd'.repeat(64) },
}

describe('the plan of a lifecycle', () => {
  it('has a node a stage, each after what it needs', () => {
    const { nodes } = compile(flightDelay, packed)
    expect(nodes.map(({ id, needs }) => `${id} <- ${needs.join(' ')}`)).toEqual([
      'source:flights <- ',
      'ingest:flights <- source:flights',
      'validate:flights <- ingest:flights',
      'source:weather <- ',
      'ingest:weather <- source:weather',
      'validate:weather <- ingest:weather',
      'features <- validate:flights validate:weather',
      'train:delay-trees <- features',
      'train:delay-network <- features',
      'incumbent <- train:delay-trees train:delay-network',
      'evaluate:delay-trees <- features train:delay-trees incumbent validate:flights',
      'evaluate:delay-network <- features train:delay-network incumbent validate:flights',
      'best <- evaluate:delay-trees evaluate:delay-network',
      'register <- best',
      'materialize <- best register',
      'approve <- register',
      'canary <- register materialize approve',
      'monitor <- canary',
    ])
  })

  it('writes online features where a model that is to be served reads the past', () => {
    expect(kindsOf(flightDelay, undefined)).not.toContain('materialize')
    expect(kindsOf(flightDelay, 'direct')).toContain('materialize')
    expect(kindsOf(loanApproval, 'direct')).toContain('direct')
    expect(kindsOf(loanApproval, 'direct')).not.toContain('materialize')
  })

  it('is canonical JSON, and the same however often it is made', () => {
    expect(digestOf(compile(flightDelay, packed))).toBe(digestOf(compile(flightDelay, packed)))
  })

  it('asks a run for its event time where rows have one, and not where they have none', () => {
    expect(compile(flightDelay, packed).parameters).toEqual({
      asOf: { schema: { type: 'string', format: 'date-time' } },
    })
    expect(compile(loanApproval, packed).parameters).toEqual({})
  })

  it('splits by time or by the hash of the key', () => {
    expect(specOf(compile(flightDelay, packed), 'train').split).toEqual({ by: 'time', holdoutMillis: 14 * 86_400_000 })
    expect(specOf(compile(loanApproval, packed), 'train').split).toEqual({ by: 'key', holdoutShare: 0.2 })
    expect(specOf(compile(loanApproval, packed), 'features')).toMatchObject({ windowMillis: null, asOf: null })
  })

  it('writes every default of a trainer out', () => {
    expect(specOf(compile(flightDelay, packed), 'train').params).toEqual({
      rounds: 120,
      leaves: 63,
      learning_rate: 0.1,
      min_rows_in_leaf: 20,
      feature_share: 1,
      row_share: 1,
      l2: 0,
      segment_rounds: 20,
    })
  })

  it('writes every default of the policies out', () => {
    const plan = compile(flightDelay, packed)
    expect(specOf(plan, 'approve')).toMatchObject({
      commentRequired: false,
      separation: 'role',
      service: 'flight-delay',
    })
    expect(specOf(plan, 'canary')).toMatchObject({
      maxHoldMillis: 24 * 3_600_000,
      whenBusy: 'wait',
      traffic: [0.05, 0.25, 1],
    })
    expect(specOf(plan, 'monitor').drift).toEqual([
      {
        feature: 'log_distance',
        measure: 'ks',
        atMost: 0.1,
        overMillis: 604_800_000,
        everyMillis: 86_400_000,
        consecutive: 3,
      },
      {
        feature: 'origin_late_7d',
        measure: 'psi',
        atMost: 0.2,
        overMillis: 2_419_200_000,
        everyMillis: 86_400_000,
        consecutive: 3,
      },
    ])
  })

  it('sends a trainer that wants a GPU to the gpu queue, and data to the data queue', () => {
    const queues = new Map(compile(flightDelay, packed).nodes.map(({ id, policy }) => [id, policy.queue]))
    expect([queues.get('train:delay-network'), queues.get('train:delay-trees'), queues.get('features')]).toEqual([
      'gpu',
      'cpu',
      'data',
    ])
  })

  it('lists the trainers that have to be packed, and does not compile without them', () => {
    expect(unitsOf(flightDelay).trainers).toEqual(['tabular', 'torch'])
    expect(() => compile(flightDelay, { code: {}, files: {} })).toThrow(
      'code "trainer:tabular": expected a digest, got none',
    )
  })

  it('reads a source that a step makes after that step', () => {
    const extract = task('extract', {
      input: z.object({ raw: localFile() }),
      output: z.object({ table: localFile() }),
      run: ({ raw }) => ({ table: raw }),
    })
    const { output } = extract({ raw: file('loans.parquet') })
    const made = pipeline('loans', {
      sources: { applications: parquet(output.table) },
      train: loanModel,
      gates: { overall: { auc: atLeast(0.5) } },
      canary: 'direct',
    })
    const [first, second] = compile(made, packed).nodes
    expect([first?.id, second?.id, second?.needs]).toEqual(['extract', 'source:applications', ['extract']])
    expect(unitsOf(made).files).toEqual(['loans.parquet'])
  })
})

describe('what a change runs again', () => {
  const base = compile(loanApproval, packed)

  it('is nothing where fields are written in another order or a column is described', () => {
    const again = contract('applications', {
      key: 'row',
      columns: {
        unemployed: z.boolean(),
        ethnicity: z.enum(['a', 'b', 'c']).meta({ protected: true }),
        debt_ratio: z.number().min(0).max(1).meta({ description: 'debt over income' }),
        income: z.number().nonnegative().meta({ unit: 'EUR' }),
      },
      outcomes: { approved: z.boolean() },
    })
    const set = features('loan', again, (a) => ({
      unemployed: a.unemployed,
      debt_ratio: a.debt_ratio,
      income: a.income,
    }))
    const changed = { ...loanModel, features: set, label: label(again, (a) => a.approved) }
    expect(changedKinds(base, compile(withModel(changed), packed))).toEqual([])
  })

  it('is the evaluation where a gate changes', () => {
    const gates = { overall: { auc: atLeast(0.75) }, slices: { ethnicity: { auc: atLeast(0.65) } } }
    expect(changedKinds(base, compile(withModel(loanModel, gates), packed))).toEqual(['evaluate'])
  })

  it('is the training where a parameter changes', () => {
    const changed = model('loan', {
      features: loanModel.features,
      label: label(loanModel.features.from, (a) => a.approved),
      window: 'all rows',
      holdout: '20%',
      trainer: tabular({ algorithm: 'linear' }),
      params: { l2: 2 },
      seed: 1,
    })
    expect(changedKinds(base, compile(withModel(changed), packed))).toEqual(['train'])
  })

  it('is the features where the label changes', () => {
    const changed = { ...loanModel, label: label(loanModel.features.from, (a) => a.approved.not()) }
    expect(changedKinds(base, compile(withModel(changed), packed))).toEqual(['features'])
  })
})

describe('candidates', () => {
  it('of other windows have feature nodes of their own', () => {
    const short = { ...trees, name: 'delay-short', window: '30 days' } as const
    const declared = flightDelay.lifecycle
    if (declared === undefined) throw new Error('the fixture has a lifecycle')
    const lifecycle = { ...declared, train: { candidates: [trees, short], by: 'auc', prefer: 'higher' } } as const
    const ids = compile({ ...flightDelay, lifecycle }, packed).nodes.flatMap(({ id, kind }) =>
      kind === 'features' ? [id] : [],
    )
    expect(ids).toEqual(['features:delay-trees', 'features:delay-short'])
  })
})

function withModel(changed: typeof loanModel, gates?: { readonly overall: object; readonly slices: object }): Pipeline {
  const declared = loanApproval.lifecycle
  if (declared === undefined) throw new Error('the fixture has a lifecycle')
  return { ...loanApproval, lifecycle: { ...declared, train: changed, gates: gates ?? declared.gates } }
}

/** Kinds of the nodes whose spec differs, which is what shapes a result's key. */
function changedKinds(before: Plan, after: Plan): readonly NodeKind[] {
  const specs = new Map(before.nodes.map(({ id, spec }) => [id, digestOf(spec)]))
  return after.nodes.flatMap(({ id, kind, spec }) => (specs.get(id) === digestOf(spec) ? [] : [kind]))
}

type Specs = { readonly [N in PlanNode as N['kind']]: N['spec'] }

function specOf<Kind extends NodeKind>(plan: Plan, kind: Kind): Specs[Kind] {
  const node = plan.nodes.find((candidate) => candidate.kind === kind)
  if (node === undefined) throw new Error(`no ${kind} node`)
  // Found by its kind, which the compiler does not follow through `find`.
  return node.spec as Specs[Kind]
}

/** Of the same pipeline with its model served in this way. */
function kindsOf({ lifecycle, ...others }: Pipeline, canary: 'direct' | undefined): readonly NodeKind[] {
  if (lifecycle === undefined) throw new Error('pipeline: expected a lifecycle, got none')
  const { sources, train, gates, approval } = lifecycle
  const batch = { sources, train, gates, ...(approval && { approval }) }
  const served = canary === undefined ? batch : { ...batch, canary }
  return compile({ ...others, lifecycle: served }, packed).nodes.map(({ kind }) => kind)
}

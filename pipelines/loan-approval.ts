import {
  atLeast,
  atMost,
  contract,
  csv,
  features,
  label,
  localFile,
  model,
  notWorseBy,
  pipeline,
  python,
  tabular,
  z,
} from '../dsl/index.ts'

const percent = () => z.number().min(0).max(100)

/** 1,989 applications for mortgages in Boston, 1990 and 1991, and whether lenders approved them (Hunter and Walker, 1996). */
const applications = contract('applications', {
  key: 'row',
  columns: {
    loan_thousands: z.number().positive().meta({ unit: 'kUSD' }),
    price_thousands: z.number().positive().meta({ unit: 'kUSD' }),
    loan_to_price: z.number().positive(),
    income_thousands: z.number().nonnegative().meta({ unit: 'kUSD/year' }),
    housing_expense_percent: percent().meta({ description: 'of income' }),
    obligations_percent: percent().meta({ description: 'of income' }),
    unemployment_percent: percent().meta({ description: "of the applicant's industry" }),
    dependents: z.int().min(0).nullable(),
    mortgage_history: z.int().min(1).max(4).meta({ description: '1: no late payments, 4: more than two' }),
    consumer_history: z.int().min(1).max(6).meta({ description: '1: no slow accounts, 6: serious delinquencies' }),
    history_clean: z.boolean().meta({ description: 'no account 60 days or more behind' }),
    bankruptcy: z.boolean(),
    unverified: z.boolean().meta({ description: 'the application has what could not be verified' }),
    cosigned: z.boolean(),
    self_employed: z.boolean(),
    multi_unit: z.boolean().nullable(),
    race: z.enum(['white', 'black', 'hispanic']).meta({ protected: true }),
    minority: z.boolean().meta({ protected: true, description: 'black or hispanic' }),
    sex: z.enum(['female', 'male']).nullable().meta({ protected: true }),
    married: z.boolean().nullable().meta({ protected: true }),
  },
  outcomes: { approved: z.boolean() },
})

/** Nothing protected is read. */
const creditFeatures = features('loan-approval', applications, (a) => ({
  loan_thousands: a.loan_thousands,
  loan_to_price: a.loan_to_price,
  income_thousands: a.income_thousands,
  housing_expense: a.housing_expense_percent,
  obligations: a.obligations_percent,
  unemployment: a.unemployment_percent,
  dependents: a.dependents.orElse(0),
  mortgage_history: a.mortgage_history,
  consumer_history: a.consumer_history,
  history_clean: a.history_clean,
  bankruptcy: a.bankruptcy,
  unverified: a.unverified,
  cosigned: a.cosigned,
  self_employed: a.self_employed,
  multi_unit: a.multi_unit.orElse(false),
}))

const approvals = model('loan-approval', {
  features: creditFeatures,
  label: label(applications, (a) => a.approved),
  window: 'all rows',
  holdout: '25%',
  trainer: tabular({ algorithm: 'linear' }),
  seed: 7,
})

const unpack = python('unpack-applications', {
  script: 'loan-approval/unpack.py',
  input: z.object({}),
  output: z.object({ applications: localFile(), rows: z.int() }),
})

/** The four-fifths rule; whoever should be approved is, in either group. Few were refused, so that the odds are rough. */
const even = {
  demographic_parity_ratio: atLeast(0.8),
  equal_opportunity_difference: atMost(0.05),
  equalized_odds_difference: atMost(0.3),
}

export default pipeline('loan-approval', {
  description: 'Which applications for a mortgage to approve',
  owner: 'examples',
  sources: { applications: csv(unpack({}).output.applications) },
  train: approvals,
  gates: {
    overall: { auc: atLeast(0.75), brier: atMost(0.1) },
    fairness: { by: { minority: even, sex: even } },
    incumbent: { auc: notWorseBy(0.01) },
  },
  approval: {
    roles: ['risk', 'compliance'],
    quorum: 2,
    separation: 'role-in-order',
    commentRequired: true,
    within: '7 days',
  },
  canary: 'direct',
})

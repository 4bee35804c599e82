import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { prepare } from '../../../cli/pipeline-file/prepare.ts'
import { makeRequest } from '../../../store/approval-request.ts'
import { readApprovers, writeEnrolment } from '../../../store/approvers.ts'
import { audit } from '../../../store/audit.ts'
import { sealDecision } from '../../../store/decisions.ts'
import type { ModelVersion } from '../../../store/model-version.ts'
import { openStore, type OpenStore } from '../../../store/open-store.ts'
import { recordDecision } from '../../../store/record-decision.ts'
import { registry } from '../../../store/registry.ts'
import type { Signer } from '../../../store/signing/dsse.ts'
import { createKey, pemOf } from '../../../store/signing/keys.ts'
import { aRegistration, aSigner, keysOf } from '../../store/a-registration.ts'
import { aDecision, aRequest } from '../../store/a-request.ts'
import { workplace, type Workplace } from './anneal.ts'

const PIPELINE = `
import { atLeast, best, contract, csv, features, label, model, pipeline, tabular, z } from 'DSL'
const loans = contract('loans', {
  key: 'row',
  columns: { income: z.number(), sex: z.enum(['female', 'male']).meta({ protected: true }) },
  outcomes: { approved: z.boolean() },
})
const set = features('credit', loans, (row) => ({ income: row.income, female: row.sex.eq('female') }))
const modelOf = (name: string, l2: number) => model(name, {
  features: set, label: label(loans, (row) => row.approved), window: 'all rows', holdout: '25%', seed: 7,
  trainer: tabular({ algorithm: 'linear' }), params: { l2 },
})
export default pipeline('loans', {
  description: 'Which <loans> to approve',
  owner: 'credit risk',
  sources: { loans: csv('loans.csv') },
  train: best([modelOf('delay', 3), modelOf('early', 1)], { by: 'auc' }),
  gates: { overall: { auc: atLeast(0.7) } },
  approval: { roles: ['risk', 'owner'], quorum: 2, within: '1 day' },
})
`
const RATES = { base_rate: 0.5, selection_rate: 0.25, true_positive_rate: 1, false_positive_rate: null }
const EVALUATION = {
  rows: 507,
  metrics: { auc: 0.7431 },
  intervals: { auc: { low: 0.7302, high: 0.756 } },
  gates: [
    { name: 'overall.auc', metric: 'auc', bound: { atLeast: 0.7 }, value: 0.7431, passed: true },
    { name: 'incumbent.auc', metric: 'auc', bound: { notWorseBy: 0.01 }, value: null, passed: true },
  ],
  fairness: [
    {
      column: 'sex',
      threshold: 0.5,
      groups: [
        { value: 'male', rows: 480, compared: true, ...RATES },
        { value: 'female', rows: 27, compared: false, ...RATES },
      ],
      metrics: { demographic_parity_ratio: 0.8479 },
      intervals: { demographic_parity_ratio: { low: 0.764, high: 0.926 } },
    },
  ],
  importance: { metric: 'auc', rows: 507, features: [{ name: 'income', loss: 0.1085, spread: 0.01 }] },
}

let place: Workplace
let store: OpenStore
let signer: Signer
let version: ModelVersion

/** A project with `delay@1` in its registry, of a plan that was compiled. */
beforeEach(async () => {
  place = await workplace({ 'loans.ts': PIPELINE })
  const { stateFolder } = place.project
  store = openStore(join(stateFolder, 'store'))
  signer = await createKey(join(stateFolder, 'keys'))
  const { planDigest } = await prepare(place.path('loans.ts'), { settings: place.project, store, typeCheck: false })
  const given = await aRegistration(store.artifacts, { evaluation: EVALUATION })
  const { objects, artifacts } = store
  ;({ version } = await registry(objects, artifacts).register(
    { ...given, plan: planDigest, training: { ...given.training, plan: planDigest } },
    signer,
  ))
})

it('writes a card of what is recorded of a version, the same each time', async () => {
  const { code, stdout } = await place.anneal(['models', 'card', 'delay', '--out', 'card.html'])
  expect([code, stdout]).toEqual([0, 'wrote the card of delay@1 to card.html\n'])
  const page = await readFile(place.path('card.html'), 'utf8')
  expect(page).toBe((await place.anneal(['models', 'card', 'delay@1'])).stdout.slice(0, -1))
  const text = textOf(page)
  for (const said of [
    'delay@1 binary model of service delay, trained on 7,300 rows, registered 2026-01-01 passed 2 of 2 gates',
    'Which &lt;loans&gt; to approve. By pipeline loans, for staging; its owner is credit risk.',
    'On 507 rows that training has not seen.',
    'auc 0.7431 0.7302 to 0.7560 higher is better',
    'incumbent.auc worse by at most 0.01 nothing to compare with pass',
    'Fairness by sex',
    'demographic_parity_ratio 0.8479 0.7640 to 0.9260',
    'dataset flights 10,000 2 2001-01-01 00:00 UTC to 2001-02-28 23:59 UTC',
    'income number 0.1085 female boolean',
    'program tabular, linear iterations 1000 l2 3 seed 7',
    'Its pipeline asks for approval; nobody has been asked yet.',
    'It was chosen by the same held-out rows among delay, early, which flatters its metrics.',
    'Features read protected columns: sex.',
    'Groups of fewer than 50 held-out rows were not compared: sex female (27).',
    `all files together ${version.rootDigest}`,
    `plan flight-delay ${version.plan}`,
  ])
    expect(text).toContain(said)
  expect(page).not.toMatch(/<script|<link|src=|https?:/)
})

it('says who has signed for which role', async () => {
  await approvedBy({ bob: 'risk', cleo: 'owner' })
  const text = textOf((await place.anneal(['models', 'card', 'delay'])).stdout)
  expect(text).toMatch(/Approved\. It took 2 of risk, owner; ordered by ann\./)
  expect(text).toMatch(/bob risk approve [\d-]+ [\d:]+ UTC looks &lt;good&gt; cleo owner approve/)
})

it('makes no card of what nobody trusted has signed, nor of what is not there', async () => {
  const nowhere = { ANNEAL_KEYS: place.path('nowhere') }
  const untrusted = await place.anneal(['models', 'card', 'delay', '--out', 'card.html'], nowhere)
  expect(untrusted).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('not-verified') as string })
  await expect(readFile(place.path('card.html'))).rejects.toThrow('ENOENT')
  const nowhereToWrite = await place.anneal(['models', 'card', 'delay', '--out', 'no/card.html'])
  expect(nowhereToWrite).toMatchObject({ code: 2, stderr: expect.stringContaining('got       ENOENT') as string })
  const unknown = await place.anneal(['models', 'card', 'delay@2'])
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('model-unknown') as string })
})

async function approvedBy(roles: Readonly<Record<string, string>>): Promise<void> {
  const log = audit(store.objects)
  const keys = keysOf(signer)
  const { model, rootDigest, service, plan, evidence } = version
  const { nonce: _, expiresAt: __, ...draft } = aRequest({ model, version: 1, rootDigest, service, plan, evidence })
  const request = await makeRequest(log, draft, { key: 'q', by: 'run', withinMillis: 600_000, keys, signer })
  for (const [person, role] of Object.entries(roles)) {
    const key = aSigner()
    const { head } = await readApprovers(log, keys)
    const enrolment = { person, keyId: key.keyId, publicKey: pemOf(key.publicKey), roles: [role] }
    await writeEnrolment(log, enrolment, { signer, by: 'test', head })
    const [issuedAt, expiresAt] = [new Date().toISOString(), new Date(Date.now() + 60_000).toISOString()]
    const decision = aDecision(request, person, { issuedAt, expiresAt, comment: 'looks <good>' })
    const voted = { service, nonce: request.nonce, keys, signer, submission: person }
    await recordDecision(log, { ...voted, envelope: sealDecision(decision, key) })
  }
}

/** What a reader sees, in one line. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ([.,])/g, '$1')
}

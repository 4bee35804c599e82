import { z } from 'zod'
import { nameOf } from './model-version.ts'
import type { Signer } from './signing/dsse.ts'
import type { Checked } from './signing/fault.ts'
import { openStatement, sealStatement, STATEMENT_TYPE, type OpenedStatement } from './signing/statement.ts'
import { hexDigest } from './signing/strict-json.ts'

const PREDICATE_TYPE = 'urn:anneal:decision:v1'

/** Of an envelope, in bytes: ten times what one with the longest comment has. */
export const MOST_DECISION_BYTES = 16_384

/** What is decided about: a decision names all of it, so that it holds for nothing else. */
export const subjectShape = {
  service: z.string().min(1).max(63),
  model: z.string().min(1).max(63),
  version: z.int().min(1),
  rootDigest: hexDigest,
  plan: hexDigest,
  /** The artifact with what the decision rests on. */
  evidence: hexDigest,
  /** Which question of the run: `approve`, `canary`. */
  stage: z.string().min(1).max(63),
  run: z.strictObject({ workflowId: z.string().min(1).max(255), firstRunId: z.string().min(1).max(64) }),
  /** Made for one request: what was decided on an earlier one is void. */
  nonce: hexDigest,
}

const predicateSchema = z.strictObject({
  decision: z.enum(['approve', 'reject', 'promote', 'abort']),
  ...subjectShape,
  /** Wall times, ISO 8601. */
  issuedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  comment: z.string().max(1000),
  person: z.string().min(1).max(63),
})

export type Decision = Readonly<z.infer<typeof predicateSchema>>

const statementSchema = z
  .strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject: z.tuple([z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: hexDigest }) })]),
    predicateType: z.literal(PREDICATE_TYPE),
    predicate: predicateSchema,
  })
  .refine(
    ({ subject: [subject], predicate }) =>
      subject.name === nameOf(predicate) && subject.digest.sha256 === predicate.rootDigest,
    'the model as subject',
  )

/** The DSSE envelope, as text: what update and signal `decide` carry. */
export function sealDecision(decision: Decision, signer: Signer): string {
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: nameOf(decision), digest: { sha256: decision.rootDigest } }],
    predicateType: PREDICATE_TYPE,
    predicate: decision,
  }
  return Buffer.from(sealStatement(statement, signer)).toString('utf8')
}

export interface OpenedDecision extends Omit<OpenedStatement<unknown>, 'statement'> {
  readonly decision: Decision
}

/** Reads without asking who signed. */
export function openDecision(envelope: string): Checked<OpenedDecision> {
  const opened = openStatement(Buffer.from(envelope), { file: 'decision', schema: statementSchema })
  if ('fault' in opened) return opened
  const { statement, ...signed } = opened.value
  return { value: { decision: statement.predicate, ...signed } }
}

import type { AuditEntry } from '../store/audit-entry.ts'
import { nameOf } from '../store/model-version.ts'
import { boundWords, checkFigure, checkName } from './check-words.ts'
import { bodyOf, decisionOf, type Entry, type EntryBodies } from './entry-bodies.ts'

/** What an entry of a service's audit chain says. */
export interface EntryWords {
  readonly kind: 'alert' | 'retrain' | 'traffic' | 'approval'
  readonly title: string
  /** Why, and with what result; may be empty. */
  readonly detail: string
  readonly tone: 'bad' | 'good' | 'plain'
}

/** `undefined` of what only `anneal audit list` shows: steps of a canary, kinds that are not known here. */
export function entryWords(entry: Entry): EntryWords | undefined {
  switch (entry.kind) {
    case 'alert':
      return whole(bodyOf(entry, 'alert'), alertWords)
    case 'retrain':
      return whole(bodyOf(entry, 'retrain'), retrainWords)
    case 'traffic':
      return whole(bodyOf(entry, 'traffic'), trafficWords)
    case 'canary-ended':
      return whole(bodyOf(entry, 'canary-ended'), endWords)
    case 'requested':
      return whole(bodyOf(entry, 'requested'), (asked) => approval(`approval asked for ${nameOf(asked)}`))
    case 'decided':
    case 'canary-decision':
      return whole(decisionOf(entry), (signed) =>
        approval(`${signed.decision} ${nameOf(signed)}, signed by ${signed.person}`, signed.comment),
      )
    case 'closed':
      return { ...approval('approval expired'), tone: 'bad' }
    case 'withdrawn':
      return whole(bodyOf(entry, 'withdrawn'), ({ reason }) => approval('request for approval withdrawn', reason))
    default:
      return undefined
  }
}

function whole<T>(body: T | undefined, words: (body: T) => EntryWords): EntryWords | undefined {
  return body && words(body)
}

function approval(title: string, detail = ''): EntryWords {
  return { kind: 'approval', title, detail, tone: 'plain' }
}

function alertWords(alert: EntryBodies['alert']): EntryWords {
  const { kind, value, bound } = alert
  const detail = `${checkFigure(kind, value)}, wanted ${boundWords(alert, bound)}`
  return { kind: 'alert', title: checkName(alert), detail, tone: 'bad' }
}

function retrainWords({ cause, state, reason, run, because }: EntryBodies['retrain']): EntryWords {
  const detail = [reason, because, run].filter((part) => part !== undefined && part !== '').join('; ')
  return { kind: 'retrain', title: `retrain ${state}, cause ${cause}`, detail, tone: 'plain' }
}

function trafficWords({ generation, cause, stable, candidate, reason }: EntryBodies['traffic']): EntryWords {
  const detail = reason ? `generation ${generation}: ${reason}` : `generation ${generation}`
  if (cause === 'clock') return { kind: 'traffic', title: 'the clock was set', detail, tone: 'plain' }
  const answers = stable === null ? 'nothing' : nameOf(stable)
  if (candidate !== null) {
    const name = nameOf(candidate)
    const title = candidate.share === 0 ? `${name} is loaded` : `${candidate.share / 100} % of traffic to ${name}`
    return { kind: 'traffic', title, detail, tone: 'plain' }
  }
  if (cause === 'rolled-back') return { kind: 'traffic', title: `back to ${answers}`, detail, tone: 'bad' }
  return { kind: 'traffic', title: `all traffic to ${answers}`, detail, tone: 'good' }
}

function endWords({ state, candidate, reason }: EntryBodies['canary-ended']): EntryWords {
  const tone = state === 'serving' || state === 'already-serving' ? 'good' : 'bad'
  return { kind: 'traffic', title: `canary of ${candidate} ended: ${state}`, detail: reason ?? '', tone }
}

/** How far a run has come, by what it wrote into the service's chain. */
export function fateOf(run: string, entries: readonly AuditEntry[]): string {
  const own = entries.filter(({ by }) => by === run)
  const end = bodyOf(
    own.find(({ kind }) => kind === 'canary-ended'),
    'canary-ended',
  )
  if (end !== undefined) return `${end.candidate} ${end.state}`
  if (own.some(({ kind }) => kind === 'traffic')) return 'its canary goes on'
  const asked = bodyOf(
    own.find(({ kind }) => kind === 'requested'),
    'requested',
  )
  if (asked === undefined) return 'no model of it has come up for approval or traffic so far'
  const decided = entries.flatMap((entry) => (entry.kind === 'decided' ? (decisionOf(entry) ?? []) : []))
  const last = decided.findLast((decision) => decision.run.workflowId === run)
  return last === undefined
    ? `approval asked for ${nameOf(asked)}`
    : `${last.decision} ${nameOf(asked)} by ${last.person}`
}

import { count, html, type Html } from '../data/html.ts'
import { boundWords, checkFigure, checkName, roundFigure } from './check-words.ts'
import { eventTimeOf, verdictWords, type ServiceFacts, type StandingAlert } from './service-facts.ts'
import type { ServiceRecords } from './service-records.ts'
import { momentLabel } from './time-axis.ts'

/** What answers, since when, and how it does, in words. */
export function serviceHeader(records: ServiceRecords, facts: ServiceFacts): Html {
  return html`<h1>${records.service}</h1>
    <p class="verdict ${TONES[facts.state]}"><strong>${verdictWords(facts)}</strong></p>
    <dl class="state">
      ${rows(records, facts).map(
        ([title, text]) =>
          html`<dt>${title}</dt>
            <dd>${text}</dd>`,
      )}
    </dl>`
}

function rows({ gateways }: ServiceRecords, facts: ServiceFacts): readonly (readonly [string, string])[] {
  const { candidate, generation, last } = facts
  const moved = `generation ${generation.generation}, ${generation.cause} on ${momentLabel(minute(eventTimeOf(generation)))} by ${generation.by}`
  return [
    ['answers', answersWords(facts)],
    ...(candidate === null
      ? []
      : [['canary', `${candidate.name} with ${percent(candidate.share)} of traffic`] as const]),
    ['traffic', moved],
    ['gateways', gateways.length === 0 ? 'none lives: nobody is answered' : `${gateways.length} live`],
    ['last window', last === null ? 'none yet' : lastWords(last)],
    ['features', featuresWords(facts)],
    ['clock', clockWords(facts)],
  ]
}

function answersWords({ stable, stableSince }: ServiceFacts): string {
  if (stable === null) return 'nothing yet'
  return stableSince === null ? stable : `${stable}, since ${momentLabel(minute(Date.parse(stableSince)))}`
}

function lastWords({ from, end, counts, number }: NonNullable<ServiceFacts['last']>): string {
  const requests = count(counts.answered + counts.failed)
  const step = `${momentLabel(Date.parse(from))} to ${momentLabel(Date.parse(end))}`
  return `${step} (number ${count(number)}): ${requests} requests, ${count(counts.failed)} failed`
}

function featuresWords({ featuresAsOf }: ServiceFacts): string {
  if (featuresAsOf === null) return 'look up what the model was trained on'
  return `look up all that was known on ${momentLabel(Date.parse(featuresAsOf))}`
}

function clockWords({ now, generation }: ServiceFacts): string {
  const { scale } = generation.clock
  const speed = scale === 1 ? 'as wall time' : `${count(scale)} times as fast as wall time`
  return `event time, UTC, runs ${speed}; it was ${momentLabel(minute(Date.parse(now)))} when this page was made`
}

const TONES: Readonly<Record<ServiceFacts['state'], string>> = {
  alert: 'failed',
  breach: 'warn',
  quiet: 'passed',
  waits: 'waits',
  'no-window': 'waits',
}

/** What to do about an alert, by kind: `docs/monitoring.md` has more. */
const WHAT_TO_DO = {
  drift:
    'what is asked is no longer what was trained on: see whether quality follows, and whether a retrain is under way',
  missing: 'whoever asks leaves values out: find out who, and since when',
  quality: 'outcomes say that predictions have become worse: retrain, or roll back if a promotion came before it',
  latency: 'see whether traffic grew, and whether a promotion came before it',
  availability: 'requests fail by the service’s fault: see the gateways, and roll back if a promotion came before it',
} as const

export function alertList(alerts: readonly StandingAlert[]): Html {
  return html`<ul class="alerts">
    ${alerts.map((alert, index) => alertItem(alert, alerts[index - 1]?.check.kind !== alert.check.kind))}
  </ul>`
}

/** What to do stands once for alerts of a kind. */
function alertItem({ check, since }: StandingAlert, isFirst: boolean): Html {
  const { kind, value, bound, declared, breaches } = check
  const raised =
    bound === declared ? '' : ` (declared ${roundFigure(kind, declared)}; windows of training differ by more)`
  const start = since === null ? '' : `, since the window to ${momentLabel(Date.parse(since))}`
  return html`<li>
    <strong>${checkName(check)}</strong> <span class="result fail">${checkFigure(kind, value)}</span>
    wanted ${boundWords(check, bound)}${raised}; ${breaches} windows in a row${start}.
    ${isFirst ? html`<div class="facts">${WHAT_TO_DO[kind]}</div>` : null}
  </li>`
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`
}

function minute(millis: number): number {
  return Math.floor(millis / 60_000) * 60_000
}

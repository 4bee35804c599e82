import { count, html, type Html } from '../data/html.ts'
import { pageFrame, section, table, type Column } from './page-frame.ts'
import { serviceFacts, stateWords, type ServiceFacts } from './service-facts.ts'
import type { ServiceRecords } from './service-records.ts'
import { momentLabel } from './time-axis.ts'

const COLUMNS: readonly Column[] = [
  { title: 'service' },
  { title: 'state' },
  { title: 'answers' },
  { title: 'last window to' },
  { title: 'requests in it', isNumber: true },
  { title: 'gateways', isNumber: true },
]

/** All services, a line each, with links to their pages. */
export function servicesPage(all: readonly ServiceRecords[]): string {
  const content =
    all.length === 0 ? html`<p>None yet: run a pipeline with <code>canary</code>.</p>` : table(COLUMNS, all.map(cells))
  return pageFrame({ title: 'Services', header: html`<h1>Services</h1>`, content: [section('What answers', content)] })
}

function cells(records: ServiceRecords): readonly (Html | string)[] {
  const facts = serviceFacts(records)
  const { stable, candidate, last } = facts
  const tried = candidate === null ? '' : `, canary ${candidate.name}`
  return [
    html`<a href="/services/${encodeURIComponent(records.service)}">${records.service}</a>`,
    html`<span class="result ${TONES[facts.state]}">${stateWords(facts)}</span>`,
    `${stable ?? 'nothing yet'}${tried}`,
    last === null ? '' : momentLabel(Date.parse(last.end)),
    last === null ? '' : count(last.counts.answered + last.counts.failed),
    count(records.gateways.length),
  ]
}

const TONES: Readonly<Record<ServiceFacts['state'], string>> = {
  alert: 'fail',
  breach: 'warn',
  quiet: 'pass',
  waits: 'waits',
  'no-window': 'waits',
}

/** A page that says why there is none. */
export function faultPage(title: string, reason: string): string {
  return pageFrame({
    title,
    header: html`<h1>${title}</h1>`,
    content: [html`<p>${reason}</p>`, html`<p><a href="/services">all services</a></p>`],
  })
}

import { serviceFacts, verdictWords, type ServiceFacts } from '../../console/service-facts.ts'
import type { ServiceRecords } from '../../console/service-records.ts'
import { paint, type Style } from '../colour.ts'
import { fit, type Cell } from './layout.ts'
import { shortMoment } from './window-rows.ts'

export const STATE_STYLES: Readonly<Record<ServiceFacts['state'], Style>> = {
  alert: 'red',
  breach: 'yellow',
  quiet: 'green',
  waits: 'dim',
  'no-window': 'dim',
}

/** Where a service stands: a fact a line. */
export function stateRows(
  records: ServiceRecords,
  { colour, width }: { readonly colour: boolean; readonly width: number },
): readonly string[] {
  const facts = serviceFacts(records)
  const { candidate, generation, last, now } = facts
  const { scale } = generation.clock
  const speed = scale === 1 ? 'live' : `${scale.toLocaleString('en-US')} times as fast as wall time`
  const rows: readonly (readonly [string, Cell])[] = [
    ['state', { text: verdictWords(facts), style: STATE_STYLES[facts.state] }],
    ['answers', { text: answersWords(facts) }],
    ...(candidate === null ? [] : [['canary', { text: canaryWords(candidate) }] as const]),
    ['traffic', { text: `generation ${generation.generation}, ${generation.cause}, by ${generation.by}` }],
    ['gateways', gatewaysCell(records)],
    [
      'window',
      { text: last === null ? 'none: no step is over, or the pipeline declares no `monitor`' : lastWords(last) },
    ],
    ['features', { text: featuresWords(facts) }],
    ['event time', { text: `${shortMoment(Date.parse(now))}, ${speed}` }],
  ]
  return [
    paint('cyan', records.service, { colour }),
    ...rows.map(([name, cell]) => line(name, cell, { colour, width })),
  ]
}

function line(
  name: string,
  { text, style }: Cell,
  { colour, width }: { readonly colour: boolean; readonly width: number },
): string {
  const shown = fit(text, width - 14)
  return `  ${name.padEnd(12)}${style === undefined ? shown : paint(style, shown, { colour })}`
}

function answersWords({ stable, stableSince }: ServiceFacts): string {
  const since = stableSince === null ? '' : ` since ${shortMoment(Date.parse(stableSince))}`
  return `${stable ?? 'nothing yet'}${since}`
}

function canaryWords({ name, share }: NonNullable<ServiceFacts['candidate']>): string {
  return `${name} with ${Number((100 * share).toFixed(2))} % of traffic`
}

function featuresWords({ featuresAsOf }: ServiceFacts): string {
  if (featuresAsOf === null) return 'look up what the model was trained on'
  return `look up all that was known on ${shortMoment(Date.parse(featuresAsOf))}`
}

function gatewaysCell({ gateways }: ServiceRecords): Cell {
  if (gateways.length === 0) return { text: 'none lives: start one with `anneal serve`', style: 'yellow' }
  return { text: `${gateways.length} live` }
}

function lastWords({ number, end, evaluatedAt }: NonNullable<ServiceFacts['last']>): string {
  return `number ${number}, to ${shortMoment(Date.parse(end))}, looked at ${evaluatedAt.slice(0, 19).replace('T', ' ')} UTC`
}

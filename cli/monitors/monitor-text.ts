import { boundWords, checkFigure, checkName } from '../../console/check-words.ts'
import { serviceEvents, type ServiceEvent } from '../../console/service-events.ts'
import { serviceFacts, type StandingAlert } from '../../console/service-facts.ts'
import type { ServiceRecords } from '../../console/service-records.ts'
import { paint } from '../colour.ts'
import { checkRows } from './check-rows.ts'
import { fit } from './layout.ts'
import { stateRows } from './state-rows.ts'
import { shortMoment, windowRows } from './window-rows.ts'

export interface TextOptions {
  readonly colour: boolean
  /** Of a line, in characters. */
  readonly width: number
  /** How many windows at most. */
  readonly last: number
}

const MOST_EVENTS = 8

/** A service as a terminal shows it: state, windows, checks, standing alerts, what happened. */
export function monitorText(records: ServiceRecords, options: TextOptions): string {
  const facts = serviceFacts(records)
  const { windows } = records
  const events = serviceEvents(records).filter(({ kind }) => kind === 'alert' || kind === 'retrain')
  const blocks: readonly (readonly string[])[] = [
    stateRows(records, options),
    windows.length === 0 ? [] : windowRows(windows, options),
    windows.length === 0 ? [] : checkRows(windows, options),
    facts.alerts.length === 0
      ? []
      : [title('standing alerts', options), ...facts.alerts.flatMap((alert) => alertLines(alert, options))],
    events.length === 0
      ? []
      : [
          title('alerts and retrains', options),
          ...events.slice(-MOST_EVENTS).flatMap((event) => eventLines(event, options)),
        ],
  ]
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')
}

function title(text: string, options: TextOptions): string {
  return paint('dim', text, options)
}

function alertLines({ check, since }: StandingAlert, { colour, width }: TextOptions): readonly string[] {
  const { kind, value, bound, breaches } = check
  const start = since === null ? '' : `, since ${shortMoment(Date.parse(since))}`
  const told = `${checkFigure(kind, value)}, wanted ${boundWords(check, bound)}; ${breaches} in a row${start}`
  return [`  ${paint('red', fit(checkName(check), width - 2), { colour })}`, `    ${fit(told, width - 4)}`]
}

function eventLines(
  { eventMillis, title: what, detail, tone }: ServiceEvent,
  { colour, width }: TextOptions,
): readonly string[] {
  const head = fit(`${shortMoment(eventMillis)}  ${what}`, width - 2)
  return [
    `  ${tone === 'bad' ? paint('red', head, { colour }) : head}`,
    ...wrapped(detail, width - 4).map((line) => `    ${line}`),
  ]
}

/** At blanks, a run's id at most on a line of its own. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(fit(word, width))
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

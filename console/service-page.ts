import { html, type Html } from '../data/html.ts'
import type { WindowCheck, WindowRecord } from '../store/monitors.ts'
import { checkPlot } from './check-plot.ts'
import { seriesOf, type CheckSeries } from './check-series.ts'
import { pageFrame, section } from './page-frame.ts'
import { serviceEvents, type ServiceEvent } from './service-events.ts'
import { serviceFacts } from './service-facts.ts'
import { alertList, serviceHeader } from './service-header.ts'
import type { ServiceRecords } from './service-records.ts'
import { checksTable, eventsTable, MOST_ROWS, windowsTable } from './service-tables.ts'
import type { TimeAxis } from './time-axis.ts'
import { colourClass, timeline } from './timeline.ts'
import { trafficPlots } from './traffic-plots.ts'
import { stableSpans, versionsOf, type Span } from './versions.ts'

/** A service's records as a page of its own, with plots over event time: no script, no other file. */
export function servicePage(records: ServiceRecords): string {
  const facts = serviceFacts(records)
  const events = serviceEvents(records)
  const { windows } = records
  return pageFrame({
    title: `${records.service}: ${facts.alerts.length === 0 ? 'service' : `${facts.alerts.length} standing alerts`}`,
    header: serviceHeader(records, facts),
    content: [
      facts.alerts.length === 0 ? null : section('Standing alerts', alertList(facts.alerts)),
      ...(windows.length === 0 ? [emptySection()] : plotted(records, events)),
      events.length === 0 ? null : section('What happened', eventsTable(events)),
    ],
  })
}

function emptySection(): Html {
  return section(
    'No window yet',
    html`<p>
      A monitor looks at a window once its step of event time is over. Where none comes, the pipeline declares no
      <code>monitor</code>, or no worker runs it.
    </p>`,
  )
}

function plotted(records: ServiceRecords, events: readonly ServiceEvent[]): readonly (Html | null)[] {
  const { windows } = records
  const axis = axisOf(windows)
  const series = seriesOf(windows)
  const of = (...kinds: readonly WindowCheck['kind'][]): readonly CheckSeries[] =>
    series.filter(({ last }) => kinds.includes(last.kind))
  const versions = versionsOf(records)
  const drawn = { windows, axis, spans: stableSpans(records) }
  return [
    section(
      'Versions and traffic',
      html`${legend(versions)} ${timeline(records, { axis, events })} ${trafficPlots({ windows, axis, versions })}`,
    ),
    checksSection('Drift from training', { ...drawn, of: of('drift') }),
    checksSection('Quality, where outcomes are known', { ...drawn, of: of('quality') }),
    checksSection('Missing values, latency, availability', { ...drawn, of: of('missing', 'latency', 'availability') }),
    section(windows.length > MOST_ROWS ? `The last ${MOST_ROWS} windows` : 'Windows', windowsTable(windows)),
  ]
}

function axisOf(windows: readonly WindowRecord[]): TimeAxis {
  return { from: Date.parse(windows[0]?.from ?? ''), to: Date.parse(windows.at(-1)?.end ?? '') }
}

function legend(versions: readonly string[]): Html {
  return html`<ul class="legend">
    ${versions.map((version) => html`<li><span class="key ${colourClass(version, versions)}"></span>${version}</li>`)}
  </ul>`
}

interface Checked {
  readonly of: readonly CheckSeries[]
  readonly windows: readonly WindowRecord[]
  readonly axis: TimeAxis
  readonly spans: readonly Span[]
}

function checksSection(title: string, { of, windows, axis, spans }: Checked): Html | null {
  if (of.length === 0) return null
  return section(
    title,
    html`<div class="multiples">${of.map((series) => checkPlot(series, { axis, spans }))}</div>
      ${checksTable(
        windows,
        of.map(({ last }) => last),
      )}`,
  )
}

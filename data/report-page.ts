import type { RowFailure } from './dataset.ts'
import { count, html, Html } from './html.ts'
import { PAGE_STYLE } from './page-style.ts'
import type { Plain } from './plain-rows.ts'
import type { Report, ReportedColumn } from './report.ts'
import type { Check } from './validation.ts'

const MOST_SHOWN = 50

/** One page that stands alone: no script, no font, no link. Whatever comes from the data is escaped. */
export function reportPage(report: Report): string {
  const { source, passed, rows, quarantined, columns, checks, failures } = report
  const verdict = passed ? 'passed' : 'failed'
  const failed = checks.filter((check) => !check.passed).length
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${source}: ${verdict}</title>
      <style>
        ${new Html(PAGE_STYLE)}
      </style>
      <header>
        <h1>${source}</h1>
        <p class="facts">${count(rows)} rows, ${count(quarantined)} of them put aside</p>
        <p class="verdict ${verdict}">
          <strong>${verdict}</strong>
          ${passed ? `all ${checks.length} checks` : `${failed} of ${checks.length} checks failed`}
        </p>
      </header>
      <main>${checksSection(checks)} ${columnsSection(columns)} ${failuresSection(failures)}</main>
    </html> `.markup
}

function checksSection(checks: readonly Check[]): Html {
  const failedFirst = checks.toSorted((left, right) => Number(left.passed) - Number(right.passed))
  const rows = failedFirst.map(({ name, column, expected, got, passed }) => {
    const result = passed ? 'pass' : 'fail'
    return html`<tr>
      <th scope="row">${name}</th>
      <td>${code(column)}</td>
      <td>${expected}</td>
      <td>${got}</td>
      <td><span class="result ${result}">${result}</span></td>
    </tr>`
  })
  return section('Checks', table(['check', 'column', 'expected', 'got', 'result'], rows))
}

function columnsSection(columns: readonly ReportedColumn[]): Html {
  const rows = columns.map(
    ({ name, type, unit, description, missing, distinct, min, mean, max }) =>
      html`<tr>
        <th scope="row">
          ${code(name)}
          <div class="missing">${description}</div>
        </th>
        <td>${unit === null ? type : `${type}, ${unit}`}</td>
        <td class="number">${count(missing)}</td>
        <td class="number">${count(distinct)}</td>
        <td class="number">${figure(min)}</td>
        <td class="number">${figure(mean)}</td>
        <td class="number">${figure(max)}</td>
      </tr>`,
  )
  const note = html`<p>
    Of the rows that keep the contract. Distinct values are estimated, except where a check counts them.
  </p>`
  const heads = ['column', 'type', 'missing', 'distinct', 'min', 'mean', 'max']
  return section('Columns', html`${table(heads, rows, 2)}${note}`)
}

function failuresSection(failures: readonly RowFailure[]): Html | null {
  if (failures.length === 0) return null
  const rows = failures.slice(0, MOST_SHOWN).map(
    ({ part, row, column, expected, got }) =>
      html`<tr>
        <td>${code(part)}</td>
        <td class="number">${row}</td>
        <td>${code(column)}</td>
        <td>${expected}</td>
        <td>${code(got)}</td>
      </tr>`,
  )
  const left = failures.length - rows.length
  const more = left > 0 ? html`<p>and ${count(left)} more in report.json</p>` : null
  const heads = ['part', 'row', 'column', 'expected', 'got']
  return section('Rows that break the contract', html`${table(heads, rows)}${more}`)
}

function section(title: string, content: Html): Html {
  return html`<section>
    <h2>${title}</h2>
    ${content}
  </section>`
}

/** From the column `numbersFrom` on, heads stand over numbers. */
function table(heads: readonly string[], rows: readonly Html[], numbersFrom = heads.length): Html {
  const cells = heads.map((head, index) =>
    index < numbersFrom ? html`<th scope="col">${head}</th>` : html`<th scope="col" class="number">${head}</th>`,
  )
  return html`<table>
    <tr>
      ${cells}
    </tr>
    ${rows}
  </table>`
}

function code(text: string | null): Html | null {
  return text === null || text === '' ? null : html`<code>${text}</code>`
}

/** Six digits, and seconds, tell a reader enough; report.json has them all. */
function figure(value: Plain): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)))
  return String(value ?? '').replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.\d{6}Z$/, '$1 $2')
}

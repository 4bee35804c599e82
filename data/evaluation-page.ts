import { directionOf } from '../dsl/metrics.ts'
import { boundText, type Gate } from '../stats/gates.ts'
import { calibrationChart } from './calibration-chart.ts'
import type { Comparison } from './compare-incumbent.ts'
import type { Findings } from './evaluation.ts'
import { PAGE_STYLE } from './page-style.ts'
import { explanationSections } from './explanation-section.ts'
import { fairnessSection } from './fairness-section.ts'
import { count, html, Html } from './html.ts'
import { number, range } from './numbers.ts'
import type { Slice, SlicedColumn } from './slice-holdout.ts'

/** The findings as a page of its own: no script, no other file. */
export function evaluationPage(findings: Findings): string {
  const { model, task, rows, passed, gates } = findings
  const failed = gates.filter((gate) => !gate.passed).length
  const verdict = passed ? 'passed' : 'failed'
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${model}: evaluation ${verdict}</title>
      <style>
        ${new Html(PAGE_STYLE)}
      </style>
      <header>
        <h1>${model}</h1>
        <p class="facts">${task} model on ${count(rows)} held-out rows</p>
        <p class="verdict ${verdict}">
          <strong>${verdict}</strong>
          ${passed ? `all ${gates.length} gates` : `${failed} of ${gates.length} gates failed`}
        </p>
      </header>
      <main>
        ${metricsSection(findings)} ${gatesSection(gates)} ${calibrationSection(findings)}
        ${findings.incumbent && incumbentSection(findings.incumbent)} ${explanationSections(findings)}
        ${findings.fairness.map(fairnessSection)} ${findings.slices.map(sliceSection)}
      </main>
    </html> `.markup
}

function metricsSection({ metrics, intervals, unknownClass }: Findings): Html {
  const rows = Object.entries(metrics).map(
    ([metric, value]) =>
      html`<tr>
        <th scope="row">${metric}</th>
        <td class="number">${number(value)}</td>
        <td class="number">${range(intervals[metric])}</td>
        <td>${directionOf(metric)} is better</td>
      </tr>`,
  )
  const note = unknownClass === 0 ? null : html`<p>${count(unknownClass)} rows are of a class the model never saw.</p>`
  return html`<section>
    <h2>Metrics</h2>
    <table>
      <tr>
        <th scope="col">metric</th>
        <th scope="col" class="number">value</th>
        <th scope="col" class="number">95 % interval</th>
        <th scope="col">direction</th>
      </tr>
      ${rows}
    </table>
    ${note}
  </section>`
}

function gatesSection(gates: readonly Gate[]): Html {
  const failedFirst = gates.toSorted((left, right) => Number(left.passed) - Number(right.passed))
  return html`<section>
    <h2>Gates</h2>
    <div class="scroll">
      <table>
        <tr>
          <th scope="col">gate</th>
          <th scope="col">bound</th>
          <th scope="col" class="number">value</th>
          <th scope="col">result</th>
        </tr>
        ${failedFirst.map(gateRow)}
      </table>
    </div>
  </section>`
}

function gateRow({ name, bound, value, passed }: Gate): Html {
  const result = passed ? 'pass' : 'fail'
  return html`<tr>
    <th scope="row">${name}</th>
    <td>${boundText(bound)}</td>
    <td class="number">${number(value)}</td>
    <td><span class="result ${result}">${result}</span></td>
  </tr>`
}

function calibrationSection({ calibration, task }: Findings): Html | null {
  if (calibration === null) return null
  const of = task === 'binary' ? 'the positive class' : 'the likeliest class'
  return html`<section>
    <h2>Calibration</h2>
    <p>
      Probability of ${of} in ${calibration.bins.length} bins of about equal rows. Expected calibration error:
      ${number(calibration.error)}.
    </p>
    ${calibrationChart(calibration)}
  </section>`
}

function incumbentSection({ name, version, rows, missing, ...compared }: Comparison): Html {
  const lacking = missing === 0 ? '' : `; it has no features of ${count(missing)} more`
  return html`<section>
    <h2>Against ${name}, version ${version}</h2>
    <p>Both models on the same ${count(rows)} rows${lacking}.</p>
    <table>
      <tr>
        <th scope="col">metric</th>
        <th scope="col" class="number">candidate</th>
        <th scope="col" class="number">incumbent</th>
        <th scope="col" class="number">difference</th>
        <th scope="col" class="number">95 % interval</th>
      </tr>
      ${Object.entries(compared.candidate).map(
        ([metric, value]) =>
          html`<tr>
            <th scope="row">${metric}</th>
            <td class="number">${number(value)}</td>
            <td class="number">${number(compared.incumbent[metric] ?? null)}</td>
            <td class="number">${number(compared.difference[metric] ?? null)}</td>
            <td class="number">${range(compared.intervals[metric])}</td>
          </tr>`,
      )}
    </table>
  </section>`
}

function sliceSection({ column, slices, rest, ...sliced }: SlicedColumn): Html {
  const metrics = Object.keys(slices.find((slice) => slice.metrics !== null)?.metrics ?? {})
  const most = slices[0]?.rows ?? 1
  const more =
    rest.values === 0
      ? null
      : html`<p>${count(rest.values)} more values on ${count(rest.rows)} rows are not listed.</p>`
  return html`<section>
    <h2>By ${column}${sliced.protected ? ' (protected)' : ''}</h2>
    <div class="scroll">
      <table>
        <tr>
          <th scope="col">value</th>
          <th scope="col" class="number">rows</th>
          ${metrics.map((metric) => html`<th scope="col" class="number">${metric}</th>`)}
        </tr>
        ${slices.map((slice) => sliceRow(slice, { metrics, most }))}
      </table>
    </div>
    ${more}
  </section>`
}

function sliceRow(
  { value, rows, metrics: values, unmeasured }: Slice,
  { metrics, most }: { readonly metrics: readonly string[]; readonly most: number },
): Html {
  const share = ((100 * rows) / most).toFixed(1)
  const cells =
    values === null
      ? html`<td class="number missing" colspan="${Math.max(metrics.length, 1)}">${unmeasured}</td>`
      : metrics.map((metric) => html`<td class="number">${number(values[metric] ?? null)}</td>`)
  return html`<tr>
    <th scope="row">${value === null ? html`<em>null</em>` : value.slice(0, 64)}</th>
    <td class="number rows" style="--share: ${share}%">${count(rows)}</td>
    ${cells}
  </tr>`
}

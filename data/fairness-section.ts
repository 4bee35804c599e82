import type { Interval } from '../stats/bootstrap.ts'
import type { Fairness, FairnessGroup } from './fairness.ts'
import { count, html, type Html } from './html.ts'
import { number, range } from './numbers.ts'

const WORDS: Readonly<Record<string, string>> = {
  demographic_parity_ratio: 'lowest selection rate by the highest; below 0.8 is the four-fifths rule',
  demographic_parity_difference: 'highest selection rate less the lowest',
  equalized_odds_ratio: 'lowest true or false positive rate by the highest',
  equalized_odds_difference: 'larger gap of true and false positive rate',
  equal_opportunity_difference: 'gap of true positive rate',
}

/** How the groups of one protected attribute fare, and how far apart they are. */
export function fairnessSection({ column, threshold, groups, metrics, intervals }: Fairness): Html {
  return html`<section>
    <h2>Fairness by ${column}</h2>
    <p>Selected is whoever has a probability of at least ${threshold}.</p>
    <div class="scroll">
      <table>
        <tr>
          <th scope="col">group</th>
          <th scope="col" class="number">rows</th>
          <th scope="col" class="number">base rate</th>
          <th scope="col" class="number">selection rate</th>
          <th scope="col" class="number">true positive rate</th>
          <th scope="col" class="number">false positive rate</th>
          <th scope="col">compared</th>
        </tr>
        ${groups.map(groupRow)}
      </table>
    </div>
    <div class="scroll">
      <table>
        <tr>
          <th scope="col">metric</th>
          <th scope="col" class="number">value</th>
          <th scope="col" class="number">95 % interval</th>
          <th scope="col">what it is</th>
        </tr>
        ${Object.entries(metrics).map(([metric, value]) => metricRow(metric, { value, interval: intervals[metric] }))}
      </table>
    </div>
  </section>`
}

function groupRow({ value, rows, compared, ...rates }: FairnessGroup): Html {
  const shown = [rates.base_rate, rates.selection_rate, rates.true_positive_rate, rates.false_positive_rate]
  return html`<tr>
    <th scope="row">${value === null ? html`<em>null</em>` : value.slice(0, 64)}</th>
    <td class="number">${count(rows)}</td>
    ${shown.map((rate) => html`<td class="number">${number(rate)}</td>`)}
    <td>${compared ? 'yes' : 'no, fewer than 50 rows'}</td>
  </tr>`
}

function metricRow(
  metric: string,
  { value, interval }: { readonly value: number | null; readonly interval: Interval | undefined },
): Html {
  return html`<tr>
    <th scope="row">${metric}</th>
    <td class="number">${number(value)}</td>
    <td class="number">${range(interval)}</td>
    <td>${WORDS[metric] ?? ''}</td>
  </tr>`
}

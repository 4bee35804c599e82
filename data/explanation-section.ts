import type { DecisionReasons } from './decision-reasons.ts'
import type { Explanation } from './explain-model.ts'
import { count, html, type Html } from './html.ts'
import { number } from './numbers.ts'
import type { Importance } from './permutation-importance.ts'

const MOST_FEATURES = 30

export function explanationSections({ importance, reasons }: Explanation): readonly Html[] {
  return [
    ...(importance === null ? [] : [importanceSection(importance)]),
    ...(reasons.length === 0 ? [] : [reasonsSection(reasons)]),
  ]
}

function importanceSection({ metric, rows, features }: Importance): Html {
  const most = Math.max(...features.map(({ loss }) => loss), Number.MIN_VALUE)
  return html`<section>
    <h2>What it looks at</h2>
    <p>
      By how much ${metric} is worse on ${count(rows)} held-out rows when a feature's values are shuffled among them.
      Features that say the same hide each other.
    </p>
    <table>
      <tr>
        <th scope="col">feature</th>
        <th scope="col" class="number">loss of ${metric}</th>
        <th scope="col" class="number">spread of three shuffles</th>
      </tr>
      ${features.slice(0, MOST_FEATURES).map(
        ({ name, loss, spread }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td class="number rows" style="--share: ${((100 * Math.max(loss, 0)) / most).toFixed(1)}%">
              ${number(loss)}
            </td>
            <td class="number">${number(spread)}</td>
          </tr>`,
      )}
    </table>
  </section>`
}

function reasonsSection(decisions: readonly DecisionReasons[]): Html {
  return html`<section>
    <h2>Reasons of the lowest decisions</h2>
    <p>
      The ${decisions.length} lowest of the held-out rows that are not selected. Each reason is a feature, and by how
      much the probability would be higher if it alone were as is usual among positive rows.
    </p>
    <table>
      <tr>
        <th scope="col" class="number">row</th>
        <th scope="col" class="number">probability</th>
        <th scope="col">reasons</th>
      </tr>
      ${decisions.map(
        ({ row, probability, reasons }) =>
          html`<tr>
            <td class="number">${count(row)}</td>
            <td class="number">${number(probability)}</td>
            <td>
              ${reasons.map(({ feature, gain }) => `${feature} +${gain.toFixed(3)}`).join(', ') || 'several together'}
            </td>
          </tr>`,
      )}
    </table>
  </section>`
}

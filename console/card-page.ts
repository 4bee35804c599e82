import { fairnessSection } from '../data/fairness-section.ts'
import { count, html, type Html } from '../data/html.ts'
import { nameOf } from '../store/model-version.ts'
import { approvalSection } from './card-approval.ts'
import { identitySection, trainedOnSection, trainerSection } from './card-lineage.ts'
import { limitsSection } from './card-limits.ts'
import { featuresSection, gatesSection, metricsSection } from './card-measures.ts'
import { declaredIn, type ModelCard } from './model-card.ts'
import { pageFrame, section } from './page-frame.ts'

/** A registered version on a page of its own. The same store gives the same bytes: it says no time but those of records. */
export function cardPage(card: ModelCard): string {
  const declared = declaredIn(card.plan, card.version)
  return pageFrame({
    title: `${nameOf(card.version)}: model card`,
    header: headerOf(card),
    style: CARD_STYLE,
    content: [
      useSection(card),
      metricsSection(card),
      gatesSection(card),
      approvalSection(card),
      limitsSection(card, declared),
      trainedOnSection(card, declared),
      featuresSection(card, declared),
      trainerSection(card, declared),
      ...(card.evidence?.fairness ?? []).map(fairnessSection),
      identitySection(card),
    ],
  })
}

/** A card is read whole, and on paper. */
const CARD_STYLE = `
.scroll { max-height: none; }
code { overflow-wrap: anywhere; font-size: 0.85em; }
li { margin-bottom: 0.25rem; }
@media print { body { padding: 0; } section { break-inside: avoid; } }
`

function headerOf({ version, evidence }: ModelCard): Html {
  const gates = evidence?.gates ?? []
  const passed = gates.filter((gate) => gate.passed).length
  const verdict = passed === gates.length ? 'passed' : 'failed'
  return html`<h1>${nameOf(version)}</h1>
    <p class="facts">
      ${version.task} model of service ${version.service}, trained on ${count(version.trainedRows)} rows, registered
      ${version.registeredAt.slice(0, 10)}
    </p>
    ${gates.length === 0 ? null : html`<p class="verdict ${verdict}"><strong>${verdict}</strong> ${passed} of ${gates.length} gates</p>`}`
}

function useSection({ plan }: ModelCard): Html {
  const { description, owner, environment, pipeline, tags } = plan
  const purpose = description === '' ? 'Its pipeline does not say what it is for.' : `${description}.`
  const asked = owner === '' ? 'it names no owner' : `its owner is ${owner}`
  const tagged = tags.length === 0 ? '' : `, tagged ${tags.join(', ')}`
  return section(
    'Intended use',
    html`<p><strong>${purpose.replace(/([.!?])\.$/, '$1')}</strong></p>
      <p>By pipeline ${pipeline}, for ${environment}${tagged}; ${asked}. No other use was measured.</p>`,
  )
}

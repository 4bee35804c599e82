import { count, html, type Html } from '../data/html.ts'
import type { Split } from '../dsl/lifecycle/nodes.ts'
import type { Dependency } from '../store/signing/provenance.ts'
import type { Declared, ModelCard } from './model-card.ts'
import { section, table } from './page-frame.ts'

export function trainedOnSection({ version, training, evidence }: ModelCard, { train }: Declared): Html {
  const held = evidence?.rows === undefined ? '' : ` and measured on ${count(evidence.rows)} others`
  const split = train === undefined ? '' : `, ${splitText(train.split)}`
  const until = version.asOf === null ? '' : ` Nothing from ${timeText(version.asOf)} on was known to it.`
  const head = [
    { title: 'made of' },
    { title: 'rows', isNumber: true },
    { title: 'parts', isNumber: true },
    { title: 'time' },
    { title: 'sha256' },
  ]
  const told = html`<p>Trained on ${count(version.trainedRows)} rows${held}${split}.${until}</p>`
  return section('What it was trained on', html`${told}${table(head, training.dependencies.flatMap(dataRow))}`)
}

export function trainerSection({ training }: ModelCard, { train }: Declared): Html {
  const code = training.dependencies.filter(({ kind }) => kind === 'code' || kind === 'environment')
  const rows = [
    ...(train === undefined ? [] : [['program', `${train.program}, ${train.algorithm}`]]),
    ...Object.entries(train?.params ?? {}).map(([name, value]) => [name, String(value)]),
    ['seed', String(training.seed)],
    ...(train === undefined ? [] : [['threads', String(train.threads)]]),
    ...Object.entries(training.parameters).map(([name, value]) => [`parameter ${name}`, JSON.stringify(value)]),
    ...code.map(({ name, digest }) => [name, digestCell(digest)]),
    ['engine', `anneal ${training.engine}`],
  ]
  return section('Trainer', table([{ title: 'setting' }, { title: 'value' }], rows))
}

/** What any part of it can be told by. */
export function identitySection({ version, signedBy }: ModelCard): Html {
  const files = version.files.map(({ name, size, digest }) => [name, `${count(size)} bytes`, digestCell(digest)])
  const rows = [
    ['all files together', '', digestCell(version.rootDigest)],
    ...files,
    ['evaluation report', 'evidence', digestCell(version.evidence)],
    ['provenance', 'SLSA 1.0', digestCell(version.provenance)],
    ['plan', version.pipeline, digestCell(version.plan)],
    ['run', version.run, ''],
    ['signed by', 'key', digestCell(signedBy)],
  ]
  return section('Identity', table([{ title: 'what' }, { title: 'is' }, { title: 'sha256' }], rows))
}

function dataRow(made: Dependency): readonly (readonly (Html | string)[])[] {
  switch (made.kind) {
    case 'dataset': {
      const span = made.span === null ? '' : `${timeText(made.span.first)} to ${timeText(made.span.last)}`
      return [[`dataset ${made.name}`, count(made.rows), count(made.parts), span, digestCell(made.digest)]]
    }
    case 'feature-table':
      return [[`feature table ${made.name}`, count(made.rows), '', '', digestCell(made.digest)]]
    default:
      return []
  }
}

function splitText(split: Split): string {
  if (split.by === 'key') return `a share of ${split.holdoutShare} by the hash of each row's key`
  return `those of the newest ${split.holdoutMillis / 86_400_000} days`
}

function timeText(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

function digestCell(digest: string): Html {
  return html`<code>${digest}</code>`
}

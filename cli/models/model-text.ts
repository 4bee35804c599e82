import { nameOf } from '../../store/model-version.ts'
import type { Dependency } from '../../store/signing/provenance.ts'
import { boundText } from '../../stats/gates.ts'
import { paint } from '../colour.ts'
import type { Evidence } from './evidence.ts'
import type { ShownModel } from './show-command.ts'
import { metricLines } from './metric-lines.ts'
import { grouped, shortNumber, shortTime, table } from './table.ts'

interface TextOptions {
  readonly colour: boolean
}

/** A version on a page of 80 columns: how good it is, what it was made of, who signed it. */
export function modelText(shown: ShownModel, options: TextOptions): string {
  const { version, evidence } = shown
  const title = `${paint('bold', nameOf(version), options)}  ${version.task} model of service ${version.service}`
  return [
    title,
    `registered ${shortTime(version.registeredAt)}`,
    ...section(
      'metrics',
      metricLines({ metrics: version.metrics, intervals: evidence?.intervals, rows: evidence?.rows }, options),
      options,
    ),
    ...section('gates', gateLines(evidence?.gates ?? [], options), options),
    ...section('made of', pairs(lineage(shown), options), options),
    ...section('files', fileLines(shown, options), options),
    ...section('signed', pairs(signatures(shown), options), options),
  ].join('\n')
}

function section(title: string, lines: readonly string[], options: TextOptions): readonly string[] {
  return lines.length === 0 ? [] : ['', paint('bold', title, options), ...lines.map((line) => `  ${line}`)]
}

function gateLines(gates: NonNullable<Evidence['gates']>, options: TextOptions): readonly string[] {
  return gates.map(({ name, bound, value, passed }) => {
    const word = passed ? paint('green', 'passed', options) : paint('red', 'failed', options)
    return `${word}  ${name}: ${value === null ? 'nothing to compare with' : shortNumber(value)}, ${boundText(bound)}`
  })
}

type Pair = readonly [title: string, text: string]

function pairs(all: readonly Pair[], options: TextOptions): readonly string[] {
  const width = Math.max(...all.map(([title]) => title.length))
  return all.map(([title, text]) => `${paint('dim', title.padEnd(width), options)}  ${text}`)
}

function lineage({ version, training }: ShownModel): readonly Pair[] {
  const { dependencies, seed, engine, parameters } = training
  return [
    ['pipeline', `${version.pipeline}, plan ${short(version.plan)}`],
    ['run', version.run],
    ['as of', version.asOf === null ? 'no time column' : shortTime(version.asOf)],
    ...Object.entries(parameters).map(([name, value]): Pair => [
      'parameter',
      cut(`${name} = ${JSON.stringify(value)}`),
    ]),
    ...dependencies.flatMap(dependencyPair),
    ['trained on', `${grouped(version.trainedRows)} rows, seed ${seed}`],
    ['engine', `anneal ${engine}`],
  ]
}

/** A source's parts are counted on its dataset's line. */
function dependencyPair(dependency: Dependency): readonly Pair[] {
  const { name, digest } = dependency
  switch (dependency.kind) {
    case 'source-part':
      return []
    case 'dataset': {
      const { rows, parts, span } = dependency
      const counted = `${name}, ${grouped(rows)} rows in ${grouped(parts)} ${parts === 1 ? 'part' : 'parts'}`
      const spanned = span === null ? [] : [['', `${shortTime(span.first)} to ${shortTime(span.last)}`] as const]
      return [['source', counted], ...spanned]
    }
    case 'feature-table':
      return [['features', `${name}, ${grouped(dependency.rows)} rows, ${short(digest)}`]]
    case 'code':
    case 'environment':
      return [[dependency.kind, `${name} ${short(digest)}`]]
  }
}

function fileLines({ version }: ShownModel, options: TextOptions): readonly string[] {
  const rows = version.files.map(({ name, size, digest }) => [name, grouped(size), short(digest)])
  return table(rows, { head: ['name', 'bytes', 'sha256'], right: [1], ...options })
}

function signatures({ version, signedBy }: ShownModel): readonly Pair[] {
  return [
    ['key', signedBy],
    ['evidence', version.evidence],
  ]
}

function short(digest: string): string {
  return digest.slice(0, 12)
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

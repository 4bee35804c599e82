import { contractsOf, modelsOf } from '../lifecycle.ts'
import { shares } from './amounts.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

/** Every contract has its source, in a form that can be read. */
export const sources: LifecycleRule = (lifecycle) => [
  ...contractsOf(lifecycle).flatMap(({ name }) => missing(name, Object.keys(lifecycle.sources))),
  ...namesakes(lifecycle),
  ...Object.entries(lifecycle.sources).flatMap(([name, { format }]) =>
    format.type === 'csv' ? delimiterIssues(name, format.delimiter) : [],
  ),
  ...shares(
    Object.entries(lifecycle.sources).map(([name, source]) => [
      `sources.${name}.quarantineAtMost`,
      source.quarantineAtMost,
    ]),
  ),
]

function missing(contract: string, given: readonly string[]): ReturnType<LifecycleRule> {
  if (given.includes(contract)) return []
  const message = `expected a source for contract "${contract}", got none`
  return [{ rule: 'source', place: 'sources', message, remedy: `add ${contract}: parquet('…') or csv('…')` }]
}

/** Candidates over different contracts of one name would share its source. */
function namesakes(lifecycle: Parameters<LifecycleRule>[0]): ReturnType<LifecycleRule> {
  const reads = new Set(modelsOf(lifecycle).flatMap(({ features }) => features.reads))
  const names = [...reads].map(({ name }) => name)
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) => ({
    rule: 'source',
    place: 'train',
    message: `expected one contract "${name}", got two of that name`,
    remedy: 'rename one',
  }))
}

function delimiterIssues(name: string, delimiter: string): ReturnType<LifecycleRule> {
  if (/^[\t\x20-\x7e]$/.test(delimiter) && delimiter !== '"') return []
  const message = `expected a delimiter of one ASCII character that is no quote and no line end, got "${delimiter}"`
  return [{ rule: 'source', place: `sources.${name}`, message, remedy: 'change it' }]
}

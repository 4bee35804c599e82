import { exitCodeOf, isCliErrorCode } from '../errors.ts'
import { ACTIVITY_CODES } from './activity-codes.ts'
import { COMMAND_LINE_CODES } from './command-line-codes.ts'
import type { Explained } from './explained.ts'
import { STORE_CODES } from './store-codes.ts'

/** Every code that a user can meet. */
export const CATALOGUE: Readonly<Record<string, Explained>> = {
  ...COMMAND_LINE_CODES,
  ...STORE_CODES,
  ...ACTIVITY_CODES,
}

const SECTIONS = [
  ['Of the command line', 'With the exit code of the command.', COMMAND_LINE_CODES],
  ['Of the store and the keys', 'Commands that meet one end with 4, as `store`, which tells the code.', STORE_CODES],
  [
    'Of the nodes of a run',
    'The run ends as `run-failed`, which tells the codes of its nodes. In the Temporal UI they are the types of the failures.',
    ACTIVITY_CODES,
  ],
] as const

/** `docs/errors.md`. */
export function cataloguePage(): string {
  return `# Errors

Each error has a code, what is wrong, what was expected, what there was, and what to do. \`anneal explain CODE\` says the same as this page, which is
made by \`node setup/run.mjs cli/explain/write-page.ts\`. Rules of the language are checked by \`anneal plan\` and told in words (docs/language.md).
${SECTIONS.map(([title, said, codes]) => sectionOf(title, said, codes)).join('')}`
}

function sectionOf(title: string, said: string, codes: Readonly<Record<string, Explained>>): string {
  const rows = Object.entries(codes)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, { cause, remedy }]) => `- \`${code}\`${exitText(code)}: ${cause}. ${sentence(remedy)}.`)
  return `\n## ${title}\n\n${said}\n\n${rows.join('\n')}\n`
}

function exitText(code: string): string {
  return isCliErrorCode(code) ? ` (exit ${exitCodeOf(code)})` : ''
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`
}

import type { Comment, Span } from 'oxc-parser'

/** A module's text with the comments in it. */
export interface ModuleText {
  readonly text: string
  readonly comments: readonly Comment[]
}

/** The text of a node without the comments in it. */
export function codeOf({ text, comments }: ModuleText, { start, end }: Span): string {
  const inside = comments.filter((comment) => start <= comment.start && comment.end <= end)
  const cuts = [start, ...inside.flatMap((comment) => [comment.start, comment.end]), end]
  const code = cuts.map((cut, index) => (index % 2 === 0 ? text.slice(cut, cuts[index + 1]) : '')).join('')
  return code.replaceAll(/\n\s*\n/g, '\n')
}

/** The doc comment right before a node as one paragraph; empty where there is none. */
export function docBefore({ text, comments }: ModuleText, { start }: Span): string {
  const comment = comments.findLast(({ end }) => end <= start)
  if (comment === undefined || !comment.value.startsWith('*') || text.slice(comment.end, start).trim() !== '') return ''
  const lines = comment.value.split('\n').map((line) => line.replace(/^\s*\*+\s?/, '').trim())
  return lines.join(' ').trim()
}

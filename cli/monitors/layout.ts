import { paint, type Style } from '../colour.ts'

/** Text in a style, where there is colour. */
export interface Cell {
  readonly text: string
  readonly style?: Style
}

export interface Column {
  readonly title: string
  readonly isRight?: boolean
}

/** Columns as wide as their widest cell, two blanks between; the head is dim. */
export function layout(
  rows: readonly (readonly Cell[])[],
  { columns, colour }: { readonly columns: readonly Column[]; readonly colour: boolean },
): readonly string[] {
  const widths = columns.map(({ title }, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.text.length ?? 0)),
  )
  const line = (cells: readonly Cell[]): string =>
    cells
      .map(({ text, style }, column) => {
        const width = widths[column] ?? 0
        const blanks = ' '.repeat(Math.max(0, width - text.length))
        const painted = style === undefined ? text : paint(style, text, { colour })
        if (columns[column]?.isRight === true) return blanks + painted
        return column === cells.length - 1 ? painted : painted + blanks
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ title }) => ({ text: title, style: 'dim' }))), ...rows.map(line)]
}

/** At most so many characters; what is cut off shows. */
export function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text
}

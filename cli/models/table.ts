import { paint } from '../colour.ts'

/** Columns as wide as their widest cell; the head is dim. Numbers stand to the right where `right` names their column. */
export function table(
  rows: readonly (readonly string[])[],
  {
    head,
    right = [],
    colour,
  }: { readonly head: readonly string[]; readonly right?: readonly number[]; readonly colour: boolean },
): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? ''
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [paint('dim', line(head), { colour }), ...rows.map(line)]
}

/** `0.7431`, `12.5`, `1250`: four significant digits, and all that stand before the point. */
export function shortNumber(value: number): string {
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)))
}

/** `2026-01-01 00:00 UTC` */
export function shortTime(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`
}

/** `1,250,000` */
export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

import { readFile } from 'node:fs/promises'

/** The source line at a place (both counted from 1) with a mark under the column; nothing where it cannot be read. */
export async function excerpt(file: string, at: { line: number; column: number }): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const line = text.split(/\r?\n/)[at.line - 1]
  if (line === undefined) return []
  const margin = `  ${at.line} | `
  const before = line.slice(0, at.column - 1).replaceAll(/[^\t]/g, ' ')
  return [margin + line, `${' '.repeat(margin.length)}${before}^`]
}

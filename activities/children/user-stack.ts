import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where a unit's bundle is, and the map to its author's files. */
export interface StackOrigin {
  readonly file: string
  readonly sourceMap?: string
}

const MOST_FRAMES = 20

/** The frames of a stack that are the author's own, with places in his files; `undefined` where there are none. */
export function userStack(stack: string | undefined, origin: StackOrigin): string | undefined {
  const url = pathToFileURL(origin.file).href
  const map = mapOf(origin)
  const frames = (stack ?? '').split('\n').flatMap((line) => {
    const [, name, line_, column] = frameIn(line, url, origin.file) ?? []
    if (line_ === undefined || column === undefined) return []
    const place = placeIn(map, Number(line_), Number(column))
    if (place === undefined || place.includes('node_modules/')) return []
    return name === undefined ? `at ${place}` : `at ${name} (${place})`
  })
  return frames.length === 0 ? undefined : frames.slice(0, MOST_FRAMES).join('\n')
}

function frameIn(line: string, ...files: readonly string[]): RegExpExecArray | undefined {
  const file = files.find((one) => line.includes(one))
  if (file === undefined) return undefined
  const [before, after] = [line.slice(0, line.indexOf(file)), line.slice(line.indexOf(file) + file.length)]
  return /^ *at (?:(.+) \()?:(\d+):(\d+)\)?$/.exec(`${before}${after}`) ?? undefined
}

function placeIn(map: SourceMap | undefined, line: number, column: number): string | undefined {
  if (map === undefined) return `${line}:${column}`
  const entry = map.findEntry(line - 1, column - 1)
  if (!('originalSource' in entry)) return undefined
  return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
}

/** Read only when something was thrown: a map costs nothing until then. */
function mapOf({ sourceMap }: StackOrigin): SourceMap | undefined {
  if (sourceMap === undefined) return undefined
  try {
    return new SourceMap(JSON.parse(readFileSync(sourceMap, 'utf8')) as SourceMapPayload) // esbuild's own output
  } catch {
    return undefined
  }
}

/** Text without the absolute paths of this machine: those under `folder` become relative, of others the last part stays. */
export function withoutPaths(text: string, folder: string): string {
  return text
    .replaceAll(`file://${folder}/`, '')
    .replaceAll(`${folder}/`, '')
    .replaceAll(folder, '.')
    .replaceAll(
      /(^|[\s"'`(=,[<])(?:file:\/\/)?(\/[^\s"'`()<>,:;]+\/[^\s"'`()<>,:;]*)/g,
      (_, before: string, path: string) => {
        return `${before}${basename(path)}`
      },
    )
}

import { pathToFileURL } from 'node:url'
import { CliError } from '../errors.ts'
import { excerpt } from './excerpt.ts'
import { shownPath, type Project } from './project.ts'
import type { UserModules } from './user-modules.ts'

interface Loading {
  readonly modules: UserModules
  readonly project: Project
  readonly inAuthorsTerms: (text: string) => string
}

/** What the author's top-level code threw, or Node about its imports, with the author's own line where there is one. */
export async function loadFailed(error: unknown, { modules, project, inAuthorsTerms }: Loading): Promise<CliError> {
  const [file = ''] = modules.loaded
  const [message, stack] = error instanceof Error ? [error.message, error.stack ?? ''] : [String(error), '']
  const place = placeIn(inAuthorsTerms(`${message}\n${stack}`), modules)
  const text = relativeTo(project, inAuthorsTerms(message))
  const kind = error instanceof Error ? error.name : typeof error
  const where = place && `${shownPath(place.file, project)}:${place.line}:${place.column}`
  return new CliError('load-failed', {
    message: `${shownPath(file, project)}: expected it to load, got ${kind}: ${text}`,
    where: where ?? shownPath(file, project),
    remedy: 'correct the line named; --stack shows the whole stack',
    details: place ? await excerpt(place.file, place) : [],
    cause: error,
  })
}

interface StackPlace {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The first frame in the author's own modules. */
function placeIn(stack: string, { all }: UserModules): StackPlace | undefined {
  const own = new Set(all)
  return stack
    .split('\n')
    .flatMap(placeInLine)
    .find((place) => own.has(place.file))
}

/** `at run (file:///project/a.ts:3:9)`. */
function placeInLine(text: string): readonly StackPlace[] {
  const { path, line, column } = /(?:file:\/\/)?(?<path>\/[^:?]+):(?<line>\d+):(?<column>\d+)/.exec(text)?.groups ?? {}
  if (path === undefined) return []
  return [{ file: decodeURIComponent(path), line: Number(line), column: Number(column) }]
}

function relativeTo({ root }: Project, text: string): string {
  return text.replaceAll(`${pathToFileURL(root).href}/`, '').replaceAll(`${root}/`, '')
}

import { unitsOf } from '../code-units.ts'
import type { Issue, Rule } from './issue.ts'

/** What is packed lies at a path that means the same on every machine. */
export const paths: Rule = (pipeline) => {
  const { scripts, files } = unitsOf(pipeline)
  return [
    ...scripts.flatMap(({ name, script }) => notRelative(`python "${name}"`, script)),
    ...scripts.flatMap(({ name, script }) => notPython(`python "${name}"`, script)),
    ...files.flatMap((path) => notRelative(`file "${path}"`, path)),
  ]
}

function notRelative(place: string, path: string): readonly Issue[] {
  if (path !== '' && !/^\/|^[A-Za-z]:|\\|\/$/.test(path)) return []
  const message = `expected a relative path with forward slashes, got "${path}"`
  return [{ rule: 'path', place, message, remedy: "write it relative to the pipeline's file" }]
}

function notPython(place: string, script: string): readonly Issue[] {
  if (script.endsWith('.py')) return []
  return [{ rule: 'path', place, message: `expected a .py file, got "${script}"`, remedy: 'name the script itself' }]
}

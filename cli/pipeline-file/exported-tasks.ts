import { pathToFileURL } from 'node:url'
import type { TaskUnit } from '../../dsl/step.ts'
import { CliError } from '../errors.ts'
import type { ExportedTask } from './code-unit.ts'
import { shownPath, type Project } from './project.ts'

/**
 * Where each task can be imported from: a bundle starts there, so a task made inside a function cannot travel.
 * `modules` are the author's own, loaded before: importing them again gives the same values.
 * @throws CliError `task-not-exported`.
 */
export async function findExports(
  units: readonly TaskUnit[],
  modules: readonly string[],
  project: Project,
): Promise<readonly ExportedTask[]> {
  const exported = (await Promise.all(modules.map(exportsOf))).flat()
  return units.map((unit) => {
    const found = exported.find(({ value }) => isTaskOf(value, unit))
    if (found !== undefined) return { name: unit.name, module: found.module, export: found.export }
    throw notExported(unit, modules, project)
  })
}

interface Exported {
  readonly module: string
  readonly export: string
  readonly value: unknown
}

async function exportsOf(module: string): Promise<readonly Exported[]> {
  const namespace: unknown = await import(pathToFileURL(module).href)
  if (typeof namespace !== 'object' || namespace === null) return []
  return Object.entries(namespace).map(([name, value]: [string, unknown]) => ({ module, export: name, value }))
}

/** A task is the function that its author calls, with the parts of its unit's code as properties. */
function isTaskOf(value: unknown, { code }: TaskUnit): boolean {
  if (typeof value !== 'function' || !('run' in value) || !('input' in value) || !('output' in value)) return false
  return value.run === code.run && value.input === code.input && value.output === code.output
}

function notExported({ name }: TaskUnit, modules: readonly string[], project: Project): CliError {
  const [file] = modules
  return new CliError('task-not-exported', {
    message: `task "${name}": expected it among the exports of the pipeline's modules, got none`,
    ...(file !== undefined && { where: shownPath(file, project) }),
    expected: `export const ${identifierOf(name)} = task('${name}', …) at the top level of a file`,
    got: 'a task that no file exports: a bundle has nothing to start from',
    remedy: 'export it; what differs between uses goes into its input',
  })
}

function identifierOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '')
}

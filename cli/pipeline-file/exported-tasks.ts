import type { TaskUnit } from '../../dsl/step.ts'
import { CliError } from '../errors.ts'
import type { ExportedTask } from './code-unit.ts'
import { shownPath, type Project } from './project.ts'

/**
 * Where each task can be imported from: a bundle starts there, so a task made inside a function cannot travel.
 * `modules`: what the author's own export, by path, the pipeline file first.
 * @throws CliError `task-not-exported`.
 */
export function findExports(
  units: readonly TaskUnit[],
  modules: ReadonlyMap<string, object>,
  project: Project,
): readonly ExportedTask[] {
  const exported = [...modules].flatMap(exportsOf)
  return units.map((unit) => {
    const found = exported.find(({ value }) => isTaskOf(value, unit))
    if (found !== undefined) return { name: unit.name, module: found.module, export: found.export }
    throw notExported(unit, [...modules.keys()], project)
  })
}

interface Exported {
  readonly module: string
  readonly export: string
  readonly value: unknown
}

function exportsOf([module, namespace]: readonly [string, object]): readonly Exported[] {
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

import type { CallExpression, Program, Property } from 'acorn'
import { nameOf, nodesUnder, type Edit } from './syntax-tree.ts'

const TASK_PARTS: ReadonlySet<string | undefined> = new Set(['input', 'output', 'run'])

/** Cuts what a task is called and how it is run out of each call of `task` on a literal object. */
export function policyEdits(program: Program, code: string, isDsl: (specifier: string) => boolean): readonly Edit[] {
  const isTask = taskCallees(program, isDsl)
  return [...nodesUnder(program)].flatMap((node) =>
    node.type === 'CallExpression' && isTask(node) ? droppedParts(node, code) : [],
  )
}

/** Recognises calls of `task` under whatever name the module imports it. */
function taskCallees(program: Program, isDsl: (specifier: string) => boolean): (call: CallExpression) => boolean {
  const names = new Set<string>()
  const namespaces = new Set<string>()
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration' || !isDsl(String(statement.source.value))) continue
    for (const specifier of statement.specifiers) {
      if (specifier.type === 'ImportNamespaceSpecifier') namespaces.add(specifier.local.name)
      else if (specifier.type === 'ImportSpecifier' && nameOf(specifier.imported) === 'task')
        names.add(specifier.local.name)
    }
  }
  return ({ callee }) => {
    if (callee.type === 'Identifier') return names.has(callee.name)
    if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false
    return namespaces.has(callee.object.name) && nameOf(callee.property) === 'task'
  }
}

function droppedParts({ arguments: [name, spec] }: CallExpression, code: string): readonly Edit[] {
  if (name?.type !== 'Literal' || spec?.type !== 'ObjectExpression') return []
  const parts = spec.properties
  if (!parts.every((part): part is Property => part.type === 'Property' && !part.computed)) return []
  return [
    { start: name.start, end: name.end, text: '""' },
    ...parts.flatMap((part, index) => {
      if (TASK_PARTS.has(nameOf(part.key))) return []
      const end = parts[index + 1]?.start ?? spec.end - 1
      return [{ start: part.start, end, text: code.slice(part.start, end).replaceAll(/[^\n]/g, '') }]
    }),
  ]
}

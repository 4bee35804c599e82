import { parse, type AnyNode, type Pattern } from 'acorn'
import { findBarriers, type Barrier } from './barriers.ts'
import { policyEdits } from './policy-edits.ts'
import { childrenOf, nameOf, type Edit } from './syntax-tree.ts'

/** Stands for the zod that the DSL exports. */
export const ENGINE_ZOD = 'anneal:zod'

export interface Shakeable {
  readonly code: string
  /** Constructs that cannot travel, each replaced by an unbound name that is in a bundle only if the task reaches it. */
  readonly barriers: readonly (Barrier & { readonly marker: string })[]
  /** What is imported without a name, for what it does when it is loaded. */
  readonly sideEffectImports: ReadonlySet<string>
}

export interface ShakeableOptions {
  /** Whether an import names the DSL. */
  readonly isDsl: (specifier: string) => boolean
  /** Makes the markers of one module differ from those of all others. */
  readonly mark: string
}

/**
 * A module rewritten so that esbuild drops what its user does not reach, keeping every line where it was:
 * - what a top-level `const` starts from becomes a call marked as pure;
 * - a task keeps `input`, `output` and `run` only, so that neither its name nor a timeout gets into a bundle;
 * - `z` becomes a namespace import of zod itself, since through the re-exported `z` all its locales come along.
 */
export function makeShakeable(code: string, options: ShakeableOptions): Shakeable {
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true })
  const dropped = policyEdits(program, code, options.isDsl)
  const kept = (at: { start: number }): boolean =>
    !dropped.some(({ start, end }) => at.start >= start && at.start < end)
  const barriers = findBarriers(program).filter(kept)
  const edits = [
    ...dropped,
    ...program.body.flatMap((statement) => pureEdits(statement)),
    ...program.body.flatMap((statement) => zodEdits(statement, code, options)),
    ...barriers.map(({ start, end }, index) => ({ start, end, text: `${options.mark}_${index}` })),
  ]
  return {
    code: applyEdits(code, edits),
    barriers: barriers.map(({ what, line, column }, index) => ({
      marker: `${options.mark}_${index}`,
      what,
      line,
      column,
    })),
    sideEffectImports: new Set(program.body.flatMap(sideEffectImport)),
  }
}

function sideEffectImport(statement: AnyNode): readonly string[] {
  if (statement.type !== 'ImportDeclaration' || statement.specifiers.length > 0) return []
  return [String(statement.source.value)]
}

/** Edits at one place are applied in the order given. */
function applyEdits(code: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += code.slice(at, start) + text
    at = end
  }
  return result + code.slice(at)
}

const PURE = '/* @__PURE__ */ (() => '

function pureEdits(statement: AnyNode): readonly Edit[] {
  if (statement.type === 'ExportNamedDeclaration') return statement.declaration ? pureEdits(statement.declaration) : []
  if (statement.type === 'ExportDefaultDeclaration') return pureExpression(statement.declaration)
  if (statement.type !== 'VariableDeclaration') return []
  return statement.declarations.flatMap(({ id, init }) =>
    id.type === 'Identifier' ? pureExpression(init) : purePattern(id, init),
  )
}

/** What runs nothing when it is evaluated stays as it is: esbuild drops it unused, and functions keep their names. */
const INERT: ReadonlySet<string> = new Set([
  'ArrowFunctionExpression',
  'FunctionExpression',
  'FunctionDeclaration',
  'ClassExpression',
  'ClassDeclaration',
  'Literal',
  'Identifier',
])

function pureExpression(node: AnyNode | null | undefined): readonly Edit[] {
  if (!node || INERT.has(node.type) || awaits(node)) return []
  return [
    { start: node.start, end: node.start, text: `${PURE}(` },
    { start: node.end, end: node.end, text: '))()' },
  ]
}

/** `{ a, b } = f()` becomes `$0 = pure({ a, b }), a = pure($0.a), b = pure($0.b)`: `f` still runs once. */
function purePattern(pattern: Pattern, init: AnyNode | null | undefined): readonly Edit[] {
  if (!init || awaits(init)) return []
  const names = namesIn(pattern)
  const whole = `$whole_${pattern.start}`
  const parts = names.map((name) => `, ${name} = ${PURE}${whole}.${name})()`).join('')
  return [
    { start: pattern.start, end: pattern.start, text: `${whole} = ${PURE}{ const ` },
    { start: init.end, end: init.end, text: `; return { ${names.join(', ')} } })()${parts}` },
  ]
}

function namesIn(pattern: AnyNode): readonly string[] {
  if (pattern.type === 'Identifier') return [pattern.name]
  if (pattern.type === 'Property') return namesIn(pattern.value)
  if (pattern.type === 'AssignmentPattern') return namesIn(pattern.left)
  if (pattern.type === 'RestElement') return namesIn(pattern.argument)
  if (pattern.type === 'ObjectPattern') return pattern.properties.flatMap(namesIn)
  return pattern.type === 'ArrayPattern' ? pattern.elements.flatMap((part) => (part ? namesIn(part) : [])) : []
}

function zodEdits(statement: AnyNode, code: string, { isDsl }: ShakeableOptions): readonly Edit[] {
  if (statement.type !== 'ImportDeclaration') return []
  const from = String(statement.source.value)
  if (!isDsl(from) && !/^zod(\/v4)?$/.test(from)) return []
  const zod = statement.specifiers.find((one) => one.type === 'ImportSpecifier' && nameOf(one.imported) === 'z')
  if (zod === undefined || !statement.specifiers.every(({ type }) => type === 'ImportSpecifier')) return []
  const others = statement.specifiers.filter((one) => one !== zod).map(({ start, end }) => code.slice(start, end))
  const rest = others.length > 0 ? `;import { ${others.join(', ')} } from ${JSON.stringify(from)}` : ''
  const text = `import * as ${zod.local.name} from ${JSON.stringify(isDsl(from) ? ENGINE_ZOD : from)}${rest}`
  return [{ start: statement.start, end: statement.source.end, text }]
}

/** Whether evaluating it takes a top-level `await`. */
function awaits(node: AnyNode): boolean {
  if (node.type === 'AwaitExpression') return true
  const inner = node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression' ? [] : childrenOf(node)
  return inner.some(awaits)
}

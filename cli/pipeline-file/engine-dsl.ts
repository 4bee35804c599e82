import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as dsl from '../../dsl/index.ts'

/** The module that pipeline files import. */
export const ENGINE_DSL = fileURLToPath(new URL('../../dsl/index.ts', import.meta.url))

/** Whether an import in `importer` names the DSL: by the package's name, or by a path to its file. */
export function namesDsl(specifier: string, importer: string): boolean {
  if (specifier === 'anneal') return true
  return /^\.{0,2}\//.test(specifier) && resolve(dirname(importer), specifier) === ENGINE_DSL
}

const STUBBED: ReadonlySet<string> = new Set(['z', 'task', 'localFile'])

/** While the bundle's top level runs, loops that declare steps go through; what they make is of no use to a task. */
const DECLARING = `let declaring = true
queueMicrotask(() => { declaring = false })
const nothing = /* @__PURE__ */ new Proxy(() => {}, {
  apply: () => nothing,
  get: (_, key) => key === Symbol.iterator ? () => [].values() : key === Symbol.toPrimitive ? () => '' : nothing,
})
const declares = (name) => () => {
  if (declaring) return nothing
  throw new Error(\`\${name}(): expected a call while the pipeline is declared, got one in a running task\`)
}`

/**
 * What stands for the DSL in a bundle. A task is what its author wrote, so that no release of the engine changes a
 * bundle; the rest declares pipelines, which a task that runs cannot.
 * A byte changed here reruns every task of every pipeline.
 */
export function dslStub(): string {
  const declared = Object.keys(dsl).filter((name) => !STUBBED.has(name))
  return [
    "import * as z from 'zod'",
    'export { z }',
    DECLARING,
    "export const task = (_, { input, output, run }) => Object.assign(declares('task'), { input, output, run })",
    'export const localFile = () => z.object({ $file: z.string().min(1) })',
    ...declared.map((name) => `export const ${name} = /* @__PURE__ */ declares('${name}')`),
  ].join('\n')
}

const BRIDGE = 'anneal.dsl'

/**
 * A module with the exports of the DSL that this process has loaded: an author's module is loaded beside the engine,
 * not with a second DSL.
 */
export function bridgedDsl(): string {
  Reflect.set(globalThis, Symbol.for(BRIDGE), dsl)
  return `export const { ${Object.keys(dsl).join(', ')} } = globalThis[Symbol.for('${BRIDGE}')]`
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker'
import { planVersions, readCorpus } from './corpus.ts'
import { type KeptHistory, textOf } from './kept-history.ts'
import { MUTANTS } from './mutants.ts'
import { bundledMutant, faults, WORKFLOWS } from './replayed.ts'
import { bundled } from '../workflows/bundled.ts'

let corpus: ReadonlyMap<string, KeptHistory>

beforeAll(async () => {
  const filter = makeTelemetryFilterString({ core: 'ERROR' })
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter } } })
  corpus = await readCorpus()
})

describe('the histories that are kept', { timeout: 180_000 }, () => {
  it('are of every workflow and of every example', async () => {
    const exported = await readFile(join(WORKFLOWS, 'workflows.ts'), 'utf8')
    const workflows = [...exported.matchAll(/export \{ (\w+) \}/g)].map(([, name]) => name)
    expect(new Set([...corpus.values()].map(typeOf))).toEqual(new Set(workflows))
    const files = await readdir(join(WORKFLOWS, '../pipelines'))
    const examples = files.filter((file) => file.endsWith('.ts')).map((file) => `example-${file.replace('.ts', '')}`)
    const groups = new Set([...corpus.keys()].map((name) => name.split('/')[1]))
    expect(examples.filter((example) => !groups.has(example))).toEqual([])
  })

  it('are of every version of plans that was ever compiled', async () => {
    const compiles = await readFile(join(WORKFLOWS, '../dsl/compile.ts'), 'utf8')
    const version = Number(/irVersion: (\d+)/.exec(compiles)?.[1])
    expect(await planVersions()).toEqual(Array.from({ length: version }, (_, index) => `plan-${index + 1}`))
  })

  it('name no machine, person or path', () => {
    const strange = [...corpus].flatMap(([name, history]) =>
      [...readable(textOf(history)).matchAll(STRANGE)].map(([found]) => `${name}: ${found}`),
    )
    expect(strange).toEqual([])
    expect([...'"identity" "12@host" 10.0.0.7 at /one/two.js'.matchAll(STRANGE)]).toHaveLength(4)
  })

  it('are small', () => {
    const sizes = [...corpus.values()].map((history) => gzipSync(textOf(history)).length)
    expect(Math.max(...sizes)).toBeLessThan(16_000)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000)
  })

  it('replay on the workflow code as it is', async () => {
    const found: string[] = []
    for await (const fault of faults(corpus, await bundled(WORKFLOWS))) found.push(fault)
    expect(found).toEqual([])
  })
})

describe('a change of the workflow code is caught by them', { timeout: 120_000 }, () => {
  it.each(MUTANTS)('$what', async (mutant) => {
    const { value } = await faults(corpus, await bundledMutant(mutant)).next()
    expect(value).toMatch(/nondeterminism/i)
  })
})

/**
 * Absolute paths, addresses, and what a process calls itself. Of a URL only the path is one, and that is no path of ours.
 */
const STRANGE =
  /(?<![\w.:/@+=-])(?:\/[\w.-]+){2,}|\b\d{1,3}(?:\.\d{1,3}){3}\b|\blocalhost\b|"\d+@|"(?:identity|stackTrace)"/g

/** With what signed envelopes say. */
function readable(text: string): string {
  return text.replace(/(\\?"(?:payload|sig)\\?":\\?")([^"\\]+)/g, (_, name: string, base64: string) =>
    name.includes('sig') ? name : name + Buffer.from(base64, 'base64').toString('utf8'),
  )
}

function typeOf({ events }: KeptHistory): string {
  const [started] = events as readonly {
    readonly workflowExecutionStartedEventAttributes: { readonly workflowType: { readonly name: string } }
  }[]
  return started?.workflowExecutionStartedEventAttributes.workflowType.name ?? ''
}

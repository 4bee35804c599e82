import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles `store-child.ts` into `folder`, so that each of many children starts in 0.1 s; answers its path. */
export async function buildChild(folder: string): Promise<string> {
  const outfile = join(folder, 'store-child.mjs')
  const entry = fileURLToPath(new URL('./store-child.ts', import.meta.url))
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' })
  return outfile
}

export interface Child {
  readonly process: ChildProcessWithoutNullStreams
  /** Sends a line, if one is given, and answers the next one that the child prints. */
  ask(line?: string): Promise<string>
  /** Waits for the child's end; answers its exit code or signal. */
  ended(): Promise<number | NodeJS.Signals | null>
}

export function startChild(program: string, args: readonly string[]): Child {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal))
  })
  return {
    process: child,
    ask: async (line) => {
      if (line !== undefined) child.stdin.write(`${line}\n`)
      const next = await lines.next()
      if (next.done === true) throw new Error('expected a line of the child, got its end')
      return next.value
    },
    ended: () => exit,
  }
}

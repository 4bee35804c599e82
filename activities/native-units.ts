import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { sha256Of } from '../store/artifacts.ts'
import { bundleForChild } from './children/bundle-for-child.ts'
import type { CodeUnit } from './children/unit.ts'
import { writeWhole } from './children/write-whole.ts'

/** The engine's own code that runs in children, by the file in `native/` that holds it. */
export type NativeName = 'data' | 'evaluate' | 'smoke' | 'window'

/**
 * Makes each of them one file of JavaScript in `folder` at its first use. Packages stay where they are installed, for
 * their native libraries.
 */
export function nativeUnits(folder: string): (name: NativeName) => Promise<CodeUnit> {
  const built = new Map<NativeName, Promise<CodeUnit>>()
  return (name) => {
    const unit = built.get(name) ?? build(folder, name)
    built.set(name, unit)
    unit.catch(() => built.delete(name))
    return unit
  }
}

async function build(folder: string, name: NativeName): Promise<CodeUnit> {
  const entry = fileURLToPath(new URL(`./native/${name}.ts`, import.meta.url))
  const code = await bundleForChild(entry, [installedPackages])
  const digest = sha256Of(code)
  const file = join(folder, `${name}-${digest.slice(0, 16)}.mjs`)
  if (!existsSync(file)) await writeWhole(file, code)
  return { language: 'typescript', digest, file }
}

/** The bundle lies in the state folder, from where packages are not found by name: they are imported by their place. */
const installedPackages: Plugin = {
  name: 'installed-packages',
  setup: (bundling) => {
    bundling.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || path.startsWith('node:')) return undefined
      return { path: import.meta.resolve(path), external: true }
    })
  },
}

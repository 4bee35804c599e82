import { execFile } from 'node:child_process'
import { mkdir, readFile, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { CliError } from '../errors.ts'

const manifest = z.object({ version: z.string() })
const installed = z.object({
  packages: z.record(z.string(), z.object({ resolved: z.string().optional() })),
})

/**
 * What a project in `folder` depends on to have this very version: its number where npm got it from a registry. Else the
 * package is written to the project's `vendor/`, so that the project holds what it needs and names no place of this
 * machine.
 * @throws CliError `tool-missing` where npm cannot pack it.
 */
export async function engineDependency(engine: string, folder: string): Promise<string> {
  const { version } = manifest.parse(JSON.parse(await readFile(join(engine, 'package.json'), 'utf8')))
  if (await isFromRegistry(engine)) return version
  await pack(engine, join(folder, 'vendor'))
  return `file:vendor/anneal-${version}.tgz`
}

/** By what npm has written down beside the packages that it installed. */
async function isFromRegistry(engine: string): Promise<boolean> {
  const text = await readFile(join(dirname(engine), '.package-lock.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return false
  const { packages } = installed.parse(JSON.parse(text))
  const from = packages[`node_modules/${basename(engine)}`]?.resolved ?? ''
  // A registry keeps a package's files under `-`; an address of anybody's own is not asked for a version.
  return /^https?:.*\/-\//.test(from)
}

async function pack(engine: string, destination: string): Promise<void> {
  // Under npm its own program is known; that is also right where `npm` is a shell function or a .cmd file.
  const npm = process.env['npm_execpath']
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const args = [...first, 'pack', engine, '--pack-destination', destination, '--ignore-scripts', '--loglevel=error']
  await mkdir(destination)
  try {
    await promisify(execFile)(command, args)
  } catch (cause) {
    await rmdir(destination)
    const got = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : String(cause)
    throw new CliError('tool-missing', {
      message: `npm: expected it to pack anneal for the project, got: ${got}`,
      remedy: 'install npm, or look at what it says, and run the same command again',
      cause,
    })
  }
}

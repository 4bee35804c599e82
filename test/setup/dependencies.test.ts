import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { installDependencies } from '../../setup/dependencies.mjs'

let root: string
let reported: string[]

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'anneal-setup-'))
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3}')
  reported = []
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Stands for npm: begins with an empty node_modules, as `npm ci` does, and writes down what it was called with. */
const CI = `const { appendFileSync, mkdirSync, rmSync } = require('node:fs')
rmSync('node_modules', { recursive: true, force: true })
mkdirSync('node_modules')
appendFileSync('calls', process.argv.slice(2).join(' ') + ' ' + process.env.ONNXRUNTIME_NODE_INSTALL + '\\n')
`

function install(npm = CI): Promise<'installed' | 'present'> {
  const file = join(root, 'npm.js')
  writeFileSync(file, npm)
  const env = { npm_execpath: file, PATH: process.env['PATH'] }
  return installDependencies(root, { env, report: (line) => reported.push(line) })
}

function calls(): readonly string[] {
  return existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : []
}

test('a bare clone gets its dependencies by npm ci without install scripts, and hears of it', async () => {
  expect(await install()).toBe('installed')
  expect(calls()).toEqual(['ci --ignore-scripts --loglevel=error --no-audit --no-fund skip'])
  expect(reported.at(0)).toContain('installing with npm ci')
})

test('a second time nothing is installed or said, and it takes under 100 ms', async () => {
  await install()
  reported = []
  const began = performance.now()
  expect(await install()).toBe('present')
  expect(performance.now() - began).toBeLessThan(100)
  expect([calls().length, reported]).toEqual([1, []])
})

test('a changed lock file installs again', async () => {
  await install()
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}')
  expect(await install()).toBe('installed')
  expect(calls()).toHaveLength(2)
})

test('an install that failed is told with what npm said, and is done again', async () => {
  const failing = `${CI}\nprocess.stderr.write('npm error code ENOTFOUND'); process.exit(1)`
  await expect(install(failing)).rejects.toThrow(/ENOTFOUND\ncheck the network/)
  expect(await install()).toBe('installed')
})

test('an installed package, which has no lock file, is left alone', async () => {
  rmSync(join(root, 'package-lock.json'))
  mkdirSync(join(root, 'node_modules'))
  expect(await install()).toBe('present')
  expect(calls()).toEqual([])
})

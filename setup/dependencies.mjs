import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const REPORT_EVERY_MILLIS = 5000

/**
 * Installs what `package-lock.json` names, unless just that is installed. A folder without a lock file is an
 * installed package: whoever installed it brought its dependencies too.
 * @param {string} root The package's folder.
 * @param {{ report: (line: string) => void, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<'installed' | 'present'>}
 */
export async function installDependencies(root, { report, env = process.env }) {
  if (!existsSync(join(root, 'package-lock.json'))) return 'present'
  const wanted = digestOf(root)
  if (installedDigest(root) === wanted) return 'present'
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  report('dependencies: installing with npm ci, about a minute')
  const timer = setInterval(() => report(`dependencies: installing, ${seconds()} s so far`), REPORT_EVERY_MILLIS)
  try {
    await npmCi(root, env)
  } finally {
    clearInterval(timer)
  }
  // Written last, into a folder that npm ci begins by deleting: an install that was cut off leaves no stamp.
  writeFileSync(stampOf(root), wanted)
  report(`dependencies: installed in ${seconds()} s`)
  return 'installed'
}

/** @param {string} root */
function stampOf(root) {
  return join(root, 'node_modules', '.anneal-installed')
}

/** @param {string} root */
function digestOf(root) {
  const lock = readFileSync(join(root, 'package-lock.json'))
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex')
}

/** @param {string} root */
function installedDigest(root) {
  try {
    return readFileSync(stampOf(root), 'utf8')
  } catch {
    return undefined
  }
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<void>}
 */
function npmCi(root, env) {
  // Under npm its own program is known; that is also right where `npm` is a shell function or a .cmd file.
  const npm = env['npm_execpath']
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm']
  const flags = ['ci', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund']
  // onnxruntime-node would fetch the CUDA libraries; the CPU's are inside the package.
  const quiet = { ...env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  return new Promise((resolve, reject) => {
    const install = spawn(command, [...first, ...flags], { cwd: root, env: quiet, stdio: ['ignore', 'pipe', 'pipe'] })
    let written = ''
    const collect = (/** @type {Buffer} */ chunk) => (written += chunk.toString('utf8'))
    install.stdout.on('data', collect)
    install.stderr.on('data', collect)
    install.once('error', (cause) => reject(faultOf(cause.message)))
    install.once('close', (code) => (code === 0 ? resolve() : reject(faultOf(written.trim()))))
  })
}

/** @param {string} got */
function faultOf(got) {
  const remedy = 'check the network and the npm registry, then run the same command again'
  return new Error(`dependencies: expected npm ci to install them, got:\n${got}\n${remedy}`)
}

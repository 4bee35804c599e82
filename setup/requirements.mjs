import { spawnSync } from 'node:child_process'

/** @typedef {{ major: number, minor: number }} Version */

const NODE = { major: 20, minor: 19 }
const PYTHON = { major: 3, minor: 10 }

/**
 * What is wrong with this machine, one line each; nothing when all is there.
 * @param {{ node?: string, env?: NodeJS.ProcessEnv }} [machine] Default: this one.
 * @returns {string[]}
 */
export function missingRequirements({ node = process.versions.node, env = process.env } = {}) {
  return [nodeFault(node), pythonFault(env)].filter((fault) => fault !== undefined)
}

/**
 * @param {string} got
 * @returns {string | undefined}
 */
export function nodeFault(got) {
  if (reaches(got, NODE)) return undefined
  return `node: expected ${NODE.major}.${NODE.minor} or newer, got ${got}; install it from nodejs.org or with a version manager`
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
function pythonFault(env) {
  let got = 'no python3 on the PATH'
  for (const command of ['python3', 'python']) {
    const version = pythonVersion(command, env)
    if (version !== undefined && reaches(version, PYTHON)) return undefined
    got = version ?? got
  }
  return `python: expected ${PYTHON.major}.${PYTHON.minor} or newer, got ${got}; install it with the system's package manager`
}

/**
 * @param {string} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
function pythonVersion(command, env) {
  const { stdout } = spawnSync(command, ['--version'], { env, encoding: 'utf8', timeout: 10_000 })
  return /^Python (\S+)/.exec(stdout ?? '')?.[1]
}

/**
 * @param {string} version
 * @param {Version} least
 */
function reaches(version, least) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > least.major || (major === least.major && minor >= least.minor)
}

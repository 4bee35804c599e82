// `npm test`: set-up, then every check. Further arguments go to vitest. The last line is `N passed, N failed`.
import { join } from 'node:path'
import { runCheck, runTests, sum } from './checks.mjs'
import { prepare, report, root } from './prepare.mjs'
import { importTypeScript } from './program.mjs'

await prepare()
// The tests will fail for the same reason; the static checks can still tell something.
await prepareTemporal().catch((/** @type {Error} */ error) => report(error.message))
await preparePython().catch((/** @type {Error} */ error) => report(error.message))

const tallies = [
  await runCheck('types', ['tsc', '--noEmit']),
  await runCheck('lint', ['oxlint', '--type-aware', '--deny-warnings']),
  await runCheck('format', ['prettier', '--check', '--log-level=warn', '.']),
  await runCheck('unused', ['knip', '--no-progress']),
  await runTests(process.argv.slice(2)),
]
const { passed, failed, skipped } = sum(tallies)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

async function prepareTemporal() {
  /** @typedef {typeof import('../cli/temporal-server-binary.ts')} Binary */
  const { findTemporalBinary } = /** @type {Binary} */ (await importTypeScript('cli/temporal-server-binary.ts'))
  await findTemporalBinary({ report })
}

/** Of the trainers and of the examples: made by whichever test needs it first, it would take that one's time. */
async function preparePython() {
  /** @typedef {typeof import('../activities/children/python-environment.ts')} Environments */
  /** @typedef {typeof import('../config/machine-cache.ts')} Cache */
  const { hasPythonEnvironment, pythonEnvironments } = /** @type {Environments} */ (
    await importTypeScript('activities/children/python-environment.ts')
  )
  const { machineCache } = /** @type {Cache} */ (await importTypeScript('config/machine-cache.ts'))
  const cache = machineCache(process.env)
  const environmentOf = pythonEnvironments(cache)
  const heavy = process.env['TEST_TORCH'] === '1' ? ['trainers/torch'] : []
  if (heavy.length === 0 && !(await hasPythonEnvironment(cache, join(root, 'trainers/torch')))) {
    report('tests of trainers/torch: skipped, as its environment (5.6 GB) is not there; TEST_TORCH=1 installs it')
  }
  for (const folder of ['trainers/tabular', 'pipelines/loan-approval', 'python', ...heavy]) {
    const slow = setTimeout(() => report(`python environment of ${folder}: installing, about a minute`), 1000)
    await environmentOf(join(root, folder)).finally(() => clearTimeout(slow))
  }
}

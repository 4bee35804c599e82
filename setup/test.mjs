// `npm test`: set-up, then every check. Further arguments go to vitest. The last line is `N passed, N failed`.
import { runCheck, runTests, sum } from './checks.mjs'
import { prepare, report } from './prepare.mjs'
import { importTypeScript } from './program.mjs'

await prepare()
await prepareTemporal()

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
  /** @typedef {typeof import('../cli/temporal-server-binary.ts')} Module */
  const module = /** @type {Module} */ (await importTypeScript('cli/temporal-server-binary.ts'))
  await module.findTemporalBinary({ report }).catch((/** @type {Error} */ error) => {
    // The tests will fail for the same reason; the static checks can still tell something.
    report(error.message)
  })
}

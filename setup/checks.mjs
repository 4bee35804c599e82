import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { root } from './prepare.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */
/** @typedef {{ status: string, fullName?: string }} Test */
/** @typedef {{ testResults: { status: string, name?: string, assertionResults: Test[] }[] }} Report vitest's, as far as it is read. */

/** More files than this that fail are not bad luck. */
const RERUN_FILES = 5

/**
 * Runs one tool over the repository, says how it went in one line, and shows what it wrote only if it found something.
 * @param {string} name
 * @param {readonly string[]} command
 * @returns {Promise<Tally>}
 */
export async function runCheck(name, command) {
  const began = Date.now()
  const { code, written } = await run(command, 'pipe')
  const passed = code === 0
  if (!passed) process.stdout.write(`${written.trimEnd()}\n`)
  sayHow(name, { passed, began, details: '' })
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 }
}

/**
 * Two test files run at a time, each with servers and processes of its own, and a busy machine makes some of them late.
 * So the files of a few failures run once more, one after the other; what passes then is named, and counts as passed.
 * @param {readonly string[]} parameters For vitest: files, `-t name`.
 * @returns {Promise<Tally>}
 */
export async function runTests(parameters) {
  const began = Date.now()
  const first = await runVitest(parameters)
  const files = failedFiles(first.report)
  const again = first.outside || files.length === 0 || files.length > RERUN_FILES ? undefined : await rerun(files)
  const passedNow = new Set(again && !again.outside ? namesOf(again.report, 'passed') : [])
  const failures = namesOf(first.report, 'failed')
  const late = failures.filter((name) => passedNow.has(name))
  for (const name of late) console.log(`late beside other tests, passed alone: ${name}`)
  for (const name of failures) if (!passedNow.has(name)) console.log(`failed: ${name}`)
  const counted = tallyOf(first.report)
  const failed = counted.failed - late.length
  // An error outside any test, or no report at all, is a failure too.
  const tally = {
    ...counted,
    passed: counted.passed + counted.failed - failed,
    failed: first.outside ? failed + 1 : failed,
  }
  const details = `, ${tally.passed} passed, ${tally.failed} failed`
  sayHow('tests', { passed: tally.failed === 0, began, details })
  return tally
}

/** @param {readonly string[]} files */
function rerun(files) {
  console.log(`once more, one after the other: ${files.map((file) => relative(root, file)).join(', ')}`)
  return runVitest([...files, '--maxWorkers=1'])
}

/** @param {readonly string[]} parameters */
async function runVitest(parameters) {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-test-report-'))
  const file = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const { code } = await run(['vitest', 'run', ...reporters, ...parameters], 'inherit')
  const report = readReport(file)
  rmSync(folder, { recursive: true, force: true })
  return { report, outside: code !== 0 && tallyOf(report).failed === 0 }
}

/**
 * @param {Report | undefined} report
 * @returns {string[]}
 */
export function failedFiles(report) {
  const failed = (report?.testResults ?? []).filter((one) => tallyOf({ testResults: [one] }).failed > 0)
  return failed.flatMap(({ name }) => name ?? [])
}

/**
 * @param {Report | undefined} report
 * @param {'passed' | 'failed'} wanted
 * @returns {string[]} Of tests, after their file; the file alone, too, where it was loaded or could not be.
 */
export function namesOf(report, wanted) {
  return (report?.testResults ?? []).flatMap(({ status, name = '', assertionResults }) => {
    const file = relative(root, name)
    const tests = assertionResults.filter((test) => test.status === wanted).map((test) => `${file} ${test.fullName}`)
    const whole = wanted === 'passed' ? status === 'passed' : status === 'failed' && assertionResults.length === 0
    return whole ? [file].concat(tests) : tests
  })
}

/** @param {readonly Tally[]} tallies */
export function sum(tallies) {
  const total = (/** @type {keyof Tally} */ key) => tallies.reduce((all, tally) => all + tally[key], 0)
  return { passed: total('passed'), failed: total('failed'), skipped: total('skipped') }
}

/**
 * A file that could not be loaded has no tests, and counts as one failure.
 * @param {Report | undefined} json
 * @returns {Tally}
 */
export function tallyOf(json) {
  const tests = (json?.testResults ?? []).flatMap(({ status, assertionResults }) =>
    assertionResults.length === 0 && status === 'failed' ? [{ status }] : assertionResults,
  )
  const passed = tests.filter(({ status }) => status === 'passed').length
  const failed = tests.filter(({ status }) => status === 'failed').length
  return { passed, failed, skipped: tests.length - passed - failed }
}

/**
 * @param {string} file
 * @returns {Report | undefined}
 */
function readReport(file) {
  try {
    return /** @type {Report} */ (JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

/**
 * @param {string} name
 * @param {{ passed: boolean, began: number, details: string }} outcome
 */
function sayHow(name, { passed, began, details }) {
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name} (${seconds} s${details})`)
}

/**
 * @param {readonly string[]} command
 * @param {'pipe' | 'inherit'} output
 * @returns {Promise<{ code: number | null, written: string }>}
 */
function run([program = '', ...parameters], output) {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { cwd: root, env: cleanEnvironment(), stdio: ['ignore', output, output] })
    let written = ''
    const collect = (/** @type {Buffer} */ chunk) => (written += chunk.toString('utf8'))
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.once('error', (error) => resolve({ code: 1, written: error.message }))
    child.once('close', (code) => resolve({ code, written }))
  })
}

/** Without the settings of whoever runs the tests: no test may meet their server or store. */
function cleanEnvironment() {
  const own = Object.entries(process.env).filter(([name]) => !/^(ANNEAL|TEMPORAL)_/.test(name))
  return { ...Object.fromEntries(own), PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter) }
}

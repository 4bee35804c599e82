import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CATALOGUE } from '../../cli/explain/catalogue.ts'

const TESTS = join(import.meta.dirname, '..')

/** For each file of tests, the codes that it has the command line raise. */
const RAISED: Readonly<Record<string, readonly string[]>> = {
  'approvals/commands.test.ts': ['decision-refused', 'not-awaiting', 'not-enrolled', 'order-unsigned'],
  'batch/serving-codes.test.ts': [
    'clock-too-fast',
    'gateway-failed',
    'no-canary',
    'not-comparable',
    'nothing-to-roll-back',
  ],
  'cli/commands/bad-input.test.ts': [
    'check-failed',
    'config-invalid',
    'file-missing',
    'load-failed',
    'no-pipeline',
    'no-worker',
    'packed-file-missing',
    'port-in-use',
    'task-not-bundlable',
    'temporal-failed',
    'temporal-unreachable',
    'type-error',
    'usage',
  ],
  'cli/commands/codes.test.ts': [
    'enrolment-refused',
    'model-unknown',
    'no-deployment',
    'no-monitor',
    'no-schedule',
    'no-triggers',
    'not-applied',
    'run-unknown',
    'schedule-unknown',
    'script-missing',
    'service-unknown',
    'source-unreadable',
    'task-not-exported',
    'tool-missing',
    'trainer-missing',
  ],
  'cli/commands/failing-steps.test.ts': [
    'as-of-invalid',
    'candidates-missing',
    'environment-failed',
    'input-missing',
    'input-not-a-list',
    'metric-not-finite',
    'python-missing',
    'result-missing',
    'source-empty',
    'source-outside',
    'task-crashed',
    'task-file-invalid',
    'task-input-invalid',
    'task-not-loadable',
    'task-out-of-memory',
    'task-output-invalid',
    'task-output-not-json',
    'task-output-too-large',
    'task-threw',
    'task-timed-out',
  ],
  'cli/commands/machinery.test.ts': ['already-running', 'worker-failed'],
  'cli/commands/models.test.ts': ['export-refused', 'not-verified'],
  'cli/commands/plan-apply.test.ts': ['move-refused'],
  'cli/commands/run.test.ts': ['run-failed', 'run-over'],
  'cli/commands/schedules.test.ts': ['not-schedulable', 'nothing-to-backfill', 'trigger-refused'],
  'cli/commands/store-codes.test.ts': [
    'key-invalid',
    'object-missing',
    'signing-key-exposed',
    'signing-key-missing',
    'signing-key-unusable',
    'store-corrupt',
    'store-io',
  ],
  'cli/commands/store.test.ts': ['store', 'store-full', 'store-read-only'],
  'deployment/dev.test.ts': ['older-build'],
  'setup/packed.test.ts': ['init-refused'],
}

/** What no command can be brought to raise in a test, and why. */
const NOT_RAISED: Readonly<Record<string, string>> = {
  'chaos-failed': 'only a defect has a killed run leave something else than an undisturbed one',
  internal: 'only a defect raises it',
  'node-unknown': 'only a run that was started by hand names a node that its plan does not have',
  'plan-version': 'only another version of anneal compiles a plan of another version',
  'registration-invalid': 'only a defect has a model registered that would not verify',
  'service-state-invalid': 'only a defect has a state published that would not verify',
  'source-changed': 'a file has to change between two reads of one activity',
  superseded: 'another attempt has to take over between two writes of one activity',
}

it.each(Object.keys(CATALOGUE))('%s is raised by the tests of one file, or has a reason why by none', (code) => {
  const files = Object.keys(RAISED).filter((file) => RAISED[file]?.includes(code))
  expect(files.length + Number(Object.hasOwn(NOT_RAISED, code))).toBe(1)
})

it.each(Object.entries(RAISED))('%s has each of the codes that it raises', (file, codes) => {
  const text = readFileSync(join(TESTS, file), 'utf8')
  expect(codes.filter((code) => !new RegExp(`(?<![\\w-])${code}(?![\\w-])`).test(text))).toEqual([])
})

it('raises no code that the catalogue does not have', () => {
  const codes = [...Object.values(RAISED).flat(), ...Object.keys(NOT_RAISED)]
  expect(codes.filter((code) => !Object.hasOwn(CATALOGUE, code))).toEqual([])
})

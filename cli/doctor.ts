import { styleText } from 'node:util'
import type { Settings } from '../config/settings.ts'
import { clockCheck, diskCheck, nodeCheck, pythonCheck, storeCheck } from './doctor/machine-checks.ts'
import { binaryCheck, temporalChecks } from './doctor/temporal-checks.ts'

/** One thing that was looked at. */
export interface DoctorCheck {
  readonly name: string
  /** `warn`: works, but not as it should. `fail`: `anneal run` cannot work. */
  readonly outcome: 'ok' | 'warn' | 'fail'
  /** What was seen. */
  readonly found: string
  /** What to do; only where it is not ok. */
  readonly remedy?: string
}

/** Looks at all that a run needs. Changes nothing but a probe file in the store, which it removes. */
export async function doctor(settings: Settings): Promise<readonly DoctorCheck[]> {
  const checks = await Promise.all([
    pythonCheck(),
    storeCheck(settings.store),
    diskCheck(settings.stateFolder),
    clockCheck(settings.store),
    binaryCheck(settings.temporal),
    temporalChecks(settings),
  ])
  return [nodeCheck(), ...checks.flat()]
}

/** 0 without a failed check, else 3. */
export function doctorExitCode(checks: readonly DoctorCheck[]): number {
  return checks.some(({ outcome }) => outcome === 'fail') ? 3 : 0
}

/** A line a check, and one more where there is a remedy. */
export function formatDoctor(checks: readonly DoctorCheck[], { colour }: { readonly colour: boolean }): string {
  const width = Math.max(...checks.map(({ name }) => name.length))
  const lines = checks.flatMap(({ name, outcome, found, remedy }) => [
    `${paint(outcome, colour)} ${name.padEnd(width)}  ${found}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(width + 7)}${remedy}`]),
  ])
  return `${lines.join('\n')}\n`
}

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function paint(outcome: DoctorCheck['outcome'], colour: boolean): string {
  const text = outcome.padEnd(4)
  return colour ? styleText(COLOURS[outcome], text, { validateStream: false }) : text
}

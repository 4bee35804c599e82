import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { driftWindows, missingWindow, type BinnedStep } from '../../activities/monitor/assemble-windows.ts'
import { floorsOf, type FloorOf } from '../../activities/monitor/judge-drift.ts'
import { judgeWindow, type WindowInput } from '../../activities/monitor/judge-window.ts'
import { binsOf } from '../../activities/monitor/sample-bins.ts'
import type { StepSample } from '../../activities/monitor/step-sample.ts'
import { quotePath, withDuckDb } from '../../data/duckdb.ts'
import { trainingReference, type Reference } from '../../data/training-reference.ts'
import type { MonitorSpec } from '../../dsl/lifecycle/release-nodes.ts'
import type { StepCounts, WindowCheck } from '../../store/monitors.ts'

export const DAY_MILLIS = 86_400_000

export const NO_REQUESTS: StepCounts = { answered: 0, failed: 0, refused: 0, latency: [], byVersion: {} }

/** A policy that looks at nothing; windows of 28 days, a new one each day, three breaches in a row. */
export const A_SPEC: MonitorSpec = {
  service: 'trips',
  drift: [],
  missing: [],
  quality: [],
  p99Millis: null,
  windows: { overMillis: 28 * DAY_MILLIS, everyMillis: DAY_MILLIS, consecutive: 3 },
  slo: null,
  retrain: null,
  falseAlarms: { atMost: 1, perMillis: 365 * DAY_MILLIS },
  refreshMillis: null,
}

export function psiOfX(atMost: number, consecutive = 3): MonitorSpec {
  const check = { feature: 'x', measure: 'psi', atMost, ...A_SPEC.windows, consecutive } as const
  return { ...A_SPEC, drift: [check] }
}

function sampleOfX(values: readonly number[]): StepSample {
  return {
    ids: values.map((_, at) => String(at)),
    versions: values.map(() => 'trips@1'),
    features: { x: values },
    predictions: values.map(() => [0]),
    request: {},
    missing: { x: 0 },
  }
}

/** What training on days of the feature `x` is like; by DuckDB, as the engine does it. */
export async function referenceOfX(days: readonly (readonly number[])[]): Promise<Reference> {
  const folder = await mkdtemp(join(tmpdir(), 'anneal-monitor-'))
  const before = process.cwd()
  try {
    process.chdir(folder)
    const lines = days.flatMap((values, day) => values.map((x) => `${day},${x}`))
    await writeFile('rows.csv', `day,x\n${lines.join('\n')}\n`)
    const path = join(folder, 'table.parquet')
    await withDuckDb({ memoryMib: 200, threads: 1 }, (connection) =>
      connection.run(`copy (select timestamp '2001-01-01 12:00:00' + to_days(day::integer) as "$time", x::float as x
        from read_csv('rows.csv')) to ${quotePath(path)} (format parquet)`),
    )
    const asOf = new Date(Date.UTC(2001, 0, 1 + days.length)).toISOString().replace('Z', '000Z')
    await trainingReference({
      table: { file: { $file: path }, asOf },
      split: { by: 'time', holdoutMillis: 0 },
      features: [{ name: 'x', type: 'number' }],
      unitMillis: DAY_MILLIS,
    })
    // Written by `trainingReference`.
    return JSON.parse(await readFile('reference.json', 'utf8')) as Reference
  } finally {
    process.chdir(before)
    await rm(folder, { recursive: true, force: true })
  }
}

export interface Watch {
  /** Judges the windows that end with one more day. */
  readonly day: (values: readonly number[], more?: Partial<WindowInput>) => readonly WindowCheck[]
}

/** Judges day after day, in memory. */
export function watching(spec: MonitorSpec, reference: Reference | null): Watch {
  const floorOf: FloorOf = reference === null ? () => 0 : floorsOf(reference, spec)
  const steps: BinnedStep[] = []
  let previous: readonly WindowCheck[] = []
  return {
    day: (values, more = {}) => {
      const from = steps.length * DAY_MILLIS
      const end = from + DAY_MILLIS
      steps.push({ from, end, bins: binsOf(sampleOfX(values), reference) })
      const input: WindowInput = {
        spec,
        end,
        reference,
        drift: driftWindows(spec, steps, end),
        missing: missingWindow(spec, steps, end),
        quality: { isWhole: false, end: null, side: { task: 'binary', classes: null, rows: [] } },
        steps: steps.map((step) => ({ from: step.from, end: step.end, counts: NO_REQUESTS })),
        previous,
        isSameModel: true,
        ...more,
      }
      previous = judgeWindow(input, floorOf).checks
      return previous
    },
  }
}

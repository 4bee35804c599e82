import { readFile } from 'node:fs/promises'
import { best, each, file, localFile, parameter, pipeline, task, z } from 'anneal'

const Days = z.array(z.object({ day: z.iso.date(), visits: z.int().nonnegative() }))

/**
 * A task is a function with the schemas of what goes in and out. It runs in a process of its own, and its result is
 * stored under a name made of its code and its input: what has not changed is not run again.
 */
export const readDays = task('read-days', {
  input: z.object({ csv: localFile() }),
  output: z.object({ days: Days }),
  run: async ({ csv }) => {
    const [, ...rows] = (await readFile(csv.$file, 'utf8')).trim().split('\n')
    return {
      days: rows.map((row) => {
        const [day = '', visits] = row.split(',')
        return { day, visits: Number(visits) }
      }),
    }
  },
})

/** Forecasts each day by exponential smoothing over the days a week, two weeks, … before; scored from `scoredFrom` on. */
export const backtest = task('backtest', {
  input: z.object({ days: Days, alpha: z.number().gt(0).max(1), scoredFrom: z.iso.date() }),
  output: z.object({ alpha: z.number(), mae_visits: z.number(), scored_days: z.int() }),
  run: ({ days, alpha, scoredFrom }) => {
    const levels = days.slice(0, 7).map(({ visits }) => visits)
    const errors: number[] = []
    for (const [index, { day, visits }] of days.entries()) {
      const level = levels[index % 7] ?? visits
      if (day >= scoredFrom) errors.push(Math.abs(visits - level))
      levels[index % 7] = level + alpha * (visits - level)
    }
    const mae_visits = errors.reduce((sum, error) => sum + error, 0) / errors.length
    return { alpha, mae_visits, scored_days: errors.length }
  },
})

// Calling a task declares a step. `read.output.days` is a typed reference: rename the field above, and this line is an error.
const read = readDays({ csv: file('../data/visits.csv') })

// One backtest for each value, side by side. A parameter is given at the start: `--param scoredFrom=2026-03-01`.
const tried = each([0.1, 0.3, 0.5, 0.7, 0.9], (alpha) =>
  backtest({ days: read.output.days, alpha, scoredFrom: parameter('scoredFrom', z.iso.date(), '2026-02-01') }),
)

export default pipeline('visits', {
  description: 'The smoothing factor that forecasts the visits of a day best',
  steps: [best(tried, { by: 'mae_visits', prefer: 'lower', id: 'choose-alpha' })],
})

import { readFile } from 'node:fs/promises'
import { best, each, file, localFile, parameter, pipeline, python, task, z } from '../dsl/index.ts'

const Days = z.array(z.object({ date: z.iso.date(), max_celsius: z.number() }))

/** One row per day of 2012 to 2015, measured at Seattle-Tacoma airport (NOAA; from the npm package `vega-datasets`). */
export const readDays = task('read-days', {
  input: z.object({ csv: localFile() }),
  output: z.object({ days: Days }),
  run: async ({ csv }) => {
    const [header = '', ...rows] = (await readFile(csv.$file, 'utf8')).trim().split('\n')
    const names = header.split(',')
    const field = (row: string, name: string) => row.split(',')[names.indexOf(name)] ?? ''
    return { days: rows.map((row) => ({ date: field(row, 'date'), max_celsius: Number(field(row, 'temp_max')) })) }
  },
})

/** Forecasts each day from those before by simple exponential smoothing; scored on the days from `scoredFrom` on. */
export const backtest = task('backtest', {
  input: z.object({ days: Days, alpha: z.number().gt(0).max(1), scoredFrom: z.iso.date() }),
  output: z.object({ alpha: z.number(), mae_celsius: z.number(), scored_days: z.int(), next_celsius: z.number() }),
  run: ({ days, alpha, scoredFrom }) => {
    let level = days[0]?.max_celsius ?? Number.NaN
    const errors: number[] = []
    for (const { date, max_celsius } of days.slice(1)) {
      if (date >= scoredFrom) errors.push(Math.abs(max_celsius - level))
      level += alpha * (max_celsius - level)
    }
    const mae_celsius = errors.reduce((sum, error) => sum + error, 0) / errors.length
    return { alpha, mae_celsius, scored_days: errors.length, next_celsius: level }
  },
})

/** Writes the page that a person reads. */
export const writeReport = python('write-report', {
  script: 'seattle-temperature/report.py',
  input: z.object({
    chosen: z.object({ alpha: z.number(), mae_celsius: z.number(), scored_days: z.int(), next_celsius: z.number() }),
    tried: z.array(z.object({ alpha: z.number(), mae_celsius: z.number() })),
  }),
  output: z.object({ report: localFile(), better_than_mean_of_tried_by: z.number() }),
})

const read = readDays({ csv: file('../node_modules/vega-datasets/data/seattle-weather.csv') })
const tried = each([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], (alpha) =>
  backtest({ days: read.output.days, alpha, scoredFrom: parameter('scoredFrom', z.iso.date(), '2015-01-01') }),
)
const chosen = best(tried, { by: 'mae_celsius', prefer: 'lower', id: 'choose-alpha' })

export default pipeline('seattle-temperature', {
  description: 'The smoothing factor that forecasts tomorrow’s highest temperature in Seattle best',
  owner: 'examples',
  steps: [chosen, writeReport({ chosen: chosen.output, tried: tried.output })],
})

import { join } from 'node:path'

/** What `anneal start` runs where no file is named: a model of flight delays, made, served, watched and made anew. */
export const EXAMPLE = {
  file: join(import.meta.dirname, '../../pipelines/flight-delay.ts'),
  /** Of the pipeline, of its model and of its service. */
  name: 'flight-delay',
  /** Names the first run. */
  cause: 'first',
  /** Where the data that there is at first ends, and the replay begins. */
  asOf: '2001-04-01T00:00:00Z',
  firstDay: '2001-01-01',
  /** Up to where windows are waited for. */
  end: '2001-06-01T00:00:00.000Z',
  /** Flights go on to here, for a canary that is late on a slow machine. */
  lastFlights: '2001-07-01T00:00:00.000Z',
  lastDay: '2001-06-30',
  /** How long before a day its file arrives. */
  daysAhead: 2,
  /** Event seconds a second: a day in 6 s. */
  speed: 14_400,
  /** Of the flights that become requests. */
  share: 0.1,
  /** Who approves its models. */
  role: 'risk',
} as const

/** All runs of it, for the server's list. */
export const EXAMPLE_RUNS = `WorkflowType = 'runPipeline' AND AnnealPipeline = '${EXAMPLE.name}'`

/** Where the example's data lies in the project. */
export const SOURCE_FOLDER = 'source-data/flights'

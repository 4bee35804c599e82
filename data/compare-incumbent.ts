import type { DuckDBConnection } from '@duckdb/node-api'
import { differences, pairedBootstrap, type Intervals } from '../stats/bootstrap.ts'
import { measureOf, pick, type Examples } from '../stats/examples.ts'
import type { MetricValues } from '../stats/measure.ts'
import type { Holdout } from './holdout.ts'
import { ModelError } from './model-error.ts'
import { scoreHoldout, withModel, type HoldoutScores, type Scored } from './score-holdout.ts'

/** The model in service, with its features of the same examples. */
export interface Incumbent extends Scored {
  readonly name: string
  readonly version: number
}

/** Both models on the rows that both have features of. */
export interface Comparison {
  readonly name: string
  readonly version: number
  readonly rows: number
  /** Rows of the holdout that the incumbent has no features of. */
  readonly missing: number
  readonly candidate: MetricValues
  readonly incumbent: MetricValues
  /** Candidate minus incumbent. */
  readonly difference: MetricValues
  /** Of the difference, 95 %, from paired resamples. */
  readonly intervals: Intervals
}

/** `candidate` has every row of the holdout, in its order. */
export async function compareIncumbent(
  connection: DuckDBConnection,
  input: {
    readonly holdout: Holdout
    readonly candidate: Examples
    readonly incumbent: Incumbent
    readonly seed: number
  },
): Promise<Comparison> {
  const { holdout, incumbent, seed } = input
  const { name, version } = incumbent
  const { at, examples } = await score(connection, { ...incumbent, holdout })
  const measures = { candidate: measureOf(pick(input.candidate, at)), incumbent: measureOf(examples) }
  const [own, other] = [measures.candidate.of(), measures.incumbent.of()]
  return {
    name,
    version,
    rows: at.length,
    missing: holdout.rows - at.length,
    candidate: own,
    incumbent: other,
    difference: differences(own, other),
    intervals: pairedBootstrap(measures, { seed }),
  }
}

/** Two models are at work, so an error says whose it is. */
async function score(
  connection: DuckDBConnection,
  incumbent: Incumbent & { readonly holdout: Holdout },
): Promise<HoldoutScores> {
  try {
    return await withModel(incumbent, (scoring) => scoreHoldout(connection, scoring))
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    throw new ModelError(error.code, `incumbent ${incumbent.name} version ${incumbent.version}: ${error.message}`)
  }
}

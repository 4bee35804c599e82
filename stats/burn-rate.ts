/** Requests of one step: those that the service answered or failed to. */
export interface Requests {
  readonly failed: number
  readonly requests: number
}

export interface Budget {
  /** Share of requests that may fail, above 0. */
  readonly share: number
  /** How much of the objective's period the steps cover, 0 to 1. */
  readonly covered: number
}

/**
 * How much of the error budget is spent, 0 to 1 and beyond: failures over those that a whole period of such traffic may
 * have ("The Site Reliability Workbook", 2018, chapter 2). A history shorter than the period has spent accordingly less.
 */
export function budgetSpent(steps: readonly Requests[], { share, covered }: Budget): number {
  const { failed, requests } = sumOf(steps)
  return requests === 0 ? 0 : (failed / requests / share) * covered
}

/** How many times as fast as just allowed one step spends the budget (the same, chapter 5). 0 without a request. */
export function burnRate({ failed, requests }: Requests, share: number): number {
  return requests === 0 ? 0 : failed / requests / share
}

function sumOf(steps: readonly Requests[]): Requests {
  return {
    failed: steps.reduce((sum, { failed }) => sum + failed, 0),
    requests: steps.reduce((sum, { requests }) => sum + requests, 0),
  }
}

import type { LoggedOutcome } from '../../store/traffic.ts'
import type { LabelOf } from '../canary/labelled-rows.ts'
import type { LabelledSample, StepSample } from './step-sample.ts'

/** The rows of a sample whose label is known by the outcomes told. */
export function labelSample(
  { ids, versions, predictions, request }: StepSample,
  outcomes: ReadonlyMap<string, LoggedOutcome>,
  labelOf: LabelOf,
): LabelledSample {
  const columns = Object.entries(request)
  const rows = ids.flatMap((id, at) => {
    const outcome = outcomes.get(id)
    if (outcome === undefined) return []
    const own = Object.fromEntries(columns.map(([name, values]) => [name, values[at] ?? null]))
    const label = labelOf({ request: own }, outcome)
    return label === null ? [] : [{ id, version: versions[at] ?? '', prediction: predictions[at] ?? [], label }]
  })
  return {
    ids: rows.map(({ id }) => id),
    versions: rows.map(({ version }) => version),
    predictions: rows.map(({ prediction }) => prediction),
    labels: rows.map(({ label }) => label),
  }
}

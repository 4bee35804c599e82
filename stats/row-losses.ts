import type { Examples } from './examples.ts'
import { surprise } from './log-loss.ts'
import { likeliest, probabilityOf } from './multiclass.ts'

/** A metric that is a mean, row by row: lower is better. */
export interface Losses {
  /** In [0, 1]. */
  readonly values: Float64Array
  /** What 1 stands for. */
  readonly scale: number
}

/** The highest surprise there is, since probabilities are held off 0. */
const MOST_SURPRISE = surprise(0)

/**
 * Each row's loss, or null for a metric that is no mean of rows. `accuracy` becomes the share that is wrong.
 * `mostError`: absolute errors beyond it count as it, so `mae` is bounded; null: it is not.
 */
export function rowLosses(examples: Examples, metric: string, mostError: number | null): Losses | null {
  const loss = lossOf(examples, metric)
  if (loss === null) return null
  const scale = metric === 'mae' ? mostError : metric === 'log_loss' ? MOST_SURPRISE : 1
  if (scale === null || scale <= 0) return null
  return { values: Float64Array.from(examples.labels, (_, row) => Math.min(loss(row) / scale, 1)), scale }
}

function lossOf(examples: Examples, metric: string): ((row: number) => number) | null {
  switch (examples.task) {
    case 'binary': {
      const { labels, probabilities } = examples
      const missed = (row: number): number => Math.abs((probabilities[row] ?? 0) - (labels[row] ?? 0))
      if (metric === 'brier') return (row) => missed(row) ** 2
      return metric === 'log_loss' ? (row) => surprise(1 - missed(row)) : null
    }
    case 'multiclass': {
      const { labels } = examples
      if (metric === 'accuracy') return (row) => (likeliest(examples, row) === labels[row] ? 0 : 1)
      if (metric !== 'log_loss') return null
      return (row) => surprise(probabilityOf(examples, { row, of: labels[row] ?? -1 }))
    }
    case 'regression': {
      const { labels, predictions } = examples
      return metric === 'mae' ? (row) => Math.abs((predictions[row] ?? 0) - (labels[row] ?? 0)) : null
    }
  }
}

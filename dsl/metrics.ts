/** Each task's metrics, with the direction in which each is better. */
export const METRICS = {
  binary: { auc: 'higher', log_loss: 'lower', brier: 'lower' },
  multiclass: { accuracy: 'higher', log_loss: 'lower' },
  regression: { rmse: 'lower', mae: 'lower', r2: 'higher' },
} as const

export type Metrics = typeof METRICS
export type LearningTask = keyof Metrics

/** The task that a label's type makes. */
export type TaskOfLabel<T> = [T] extends [boolean] ? 'binary' : [T] extends [number] ? 'regression' : 'multiclass'

export function taskOf(label: 'number' | 'boolean' | 'string'): LearningTask {
  return label === 'boolean' ? 'binary' : label === 'number' ? 'regression' : 'multiclass'
}

/** Whether more of the metric is better. Every task's metrics of one name agree. */
export function directionOf(metric: string): 'higher' | 'lower' {
  const all: Readonly<Record<string, 'higher' | 'lower'>> = {
    ...METRICS.binary,
    ...METRICS.multiclass,
    ...METRICS.regression,
  }
  return all[metric] ?? 'higher'
}

import type { WindowCheck } from '../../store/monitors.ts'

/** What one look at one window came to, before it is counted how often in a row. */
export type Finding = Omit<WindowCheck, 'breaches' | 'alert'>

/** Fewer rows, or requests, say too little: then a window waits. */
export const FEWEST_ROWS = 200

export type Subject = Pick<Finding, 'kind' | 'of' | 'measure' | 'from' | 'declared'>

export function waits(subject: Subject, rows: number): Finding {
  return { ...subject, value: null, bound: subject.declared, baseline: null, rows, state: 'wait' }
}

/** Which check it is, window after window. */
export function checkName({ kind, of, measure }: Pick<WindowCheck, 'kind' | 'of' | 'measure'>): string {
  return `${kind} of ${of}${measure === null ? '' : ` by ${measure}`}`
}

/** Event time as records have it. */
export function instantOf(millis: number): string {
  return new Date(millis).toISOString()
}

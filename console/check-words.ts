import { directionOf } from '../dsl/metrics.ts'
import type { WindowCheck } from '../store/monitors.ts'

type Named = Pick<WindowCheck, 'kind' | 'of' | 'measure'>

/** Names a check among those of a service: what it is called in the next window too. */
export function checkKey({ kind, of, measure }: Named): string {
  return JSON.stringify([kind, of, measure])
}

/** `drift of origin (PSI)`, `missing values of origin`, `quality: auc`, `latency p99`, `failed requests`. */
export function checkName({ kind, of, measure }: Named): string {
  switch (kind) {
    case 'drift':
      return `drift of ${of}${measure === null ? '' : ` (${measure.toUpperCase()})`}`
    case 'missing':
      return `missing values of ${of}`
    case 'quality':
      return `quality: ${of}`
    case 'latency':
      return `latency ${of}`
    case 'availability':
      return of === 'errors' ? 'failed requests' : `availability: ${of}`
  }
}

/** The same where the kind is said elsewhere: `origin PSI`, `auc`, `p99`. */
export function shortName({ kind, of, measure }: Named): string {
  if (kind === 'availability' && of === 'errors') return 'failed'
  return measure === null ? of : `${of} ${measure.toUpperCase()}`
}

/** A value of a check with its unit: `0.62`, `1.2 %`, `12.3 ms`; `no value` where there is none. */
export function checkFigure(kind: WindowCheck['kind'], value: number | null): string {
  if (value === null) return 'no value'
  switch (kind) {
    case 'drift':
      return figure(value)
    case 'missing':
    case 'availability':
      return `${figure(100 * value)} %`
    case 'quality':
      return Math.abs(value) < 100 ? value.toFixed(4) : figure(value)
    case 'latency':
      return `${figure(value)} ms`
  }
}

/** `at most 0.2`; of quality by the direction of its metric: `at least 0.68`. */
export function boundWords({ kind, of }: Named, bound: number): string {
  return `${wantsMore({ kind, of }) ? 'at least' : 'at most'} ${roundFigure(kind, bound)}`
}

/** A bound, or a tick of an axis: without the zeros that say how exact a measured value is. */
export function roundFigure(kind: WindowCheck['kind'], value: number): string {
  return checkFigure(kind, value)
    .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
    .replace(/\.(?=\D|$)/, '')
}

/** Whether the bound is one from below. */
export function wantsMore({ kind, of }: Pick<Named, 'kind' | 'of'>): boolean {
  return kind === 'quality' && directionOf(of) === 'higher'
}

/** Two or three digits that count: `0.051`, `0.62`, `12.3`, `1,250`. */
export function figure(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= 100) return Math.round(value).toLocaleString('en-US')
  if (size >= 10) return value.toFixed(1)
  if (size >= 0.1) return value.toFixed(2)
  return size >= 0.0005 ? value.toFixed(3) : value.toExponential(0)
}

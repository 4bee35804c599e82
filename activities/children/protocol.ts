import type { Json } from '../../dsl/plan.ts'
import type { ActivityErrorCode } from '../errors.ts'

/**
 * What pool and child say to each other: JSON lines on the child's file descriptor 3. One call at a time.
 * `python-child.py` speaks the same.
 */
export type ToChild =
  | { readonly type: 'load'; readonly unit: LoadedUnit }
  | { readonly type: 'call'; readonly input: Json; readonly workFolder: string; readonly seed: number }
  /** The call will be ended by force soon. */
  | { readonly type: 'abort' }

export type LoadedUnit =
  | { readonly language: 'typescript'; readonly file: string; readonly sourceMap?: string }
  | { readonly language: 'python'; readonly folder: string; readonly script: string }

export type FromChild = { readonly type: 'log'; readonly text: string } | ChildReport | ChildAnswer

/** How far a call is. Said at any time before its answer; nothing is answered to it. */
export type ChildReport =
  /** `text`: fields as JSON. */
  | { readonly type: 'progress'; readonly text: string }
  /** The call may go on from `file`, should it be interrupted. `number` rises; the file stays as it is. */
  | { readonly type: 'checkpoint'; readonly number: number; readonly file: string }

export type ChildAnswer =
  /** Said once after the start, and to each load and call. `output`: null but of a call. */
  | { readonly type: 'done'; readonly output: Json; readonly reusable: boolean }
  | { readonly type: 'fault'; readonly fault: ChildFault; readonly reusable: boolean }

export interface ChildFault {
  readonly code: ActivityErrorCode
  /** Follows `task "name"` in the message: `input.text: expected string, got number`, ` threw RangeError: …`. */
  readonly text: string
  readonly stack?: string
}

/** Longest line either way, in bytes. */
export const LONGEST_LINE = 32 * 1024 * 1024

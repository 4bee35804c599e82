import type { Digest } from '../dsl/plan.ts'

/** Names one node of one run; all else is read from the store. Under 64 KiB at any size of plan or data. */
export interface NodeRequest {
  /** Digest of the run's order: its plan and parameters. */
  readonly order: Digest
  readonly node: string
  readonly inputs: InputKeys
}

/** Result keys of the nodes that a node needs, by node id; of very many, the digest of the artifact that lists them. */
export type InputKeys = Readonly<Record<string, Digest>> | Digest

/** One element of an `each` node. */
export interface ItemRequest extends NodeRequest {
  readonly item: number
}

/** Where a node's result is. */
export interface NodeAnswer {
  /** Names the result in the store. */
  readonly key: Digest
  /** Of the output's canonical JSON. */
  readonly digest: Digest
  /** Whether an earlier run had published it. */
  readonly reused: boolean
  /** Ends the run: a decision on data or model, not a failure. Absent: the run goes on. */
  readonly verdict?: Verdict
  /** The service answers by the run's model. */
  readonly serving?: true
}

/**
 * `data-rejected`: rows break their contract beyond what it allows; `gates-failed`: the model is not good enough;
 * `features-skewed`: what would be served is not what the model was trained on; `rejected`, `expired`: an enrolled person
 * has said no, or too few have said yes in time; `already-serving`: the service answers by this very model;
 * `rolled-back`: it does again by the one before, or as before the run; `aborted`: the same, since somebody said so;
 * `busy`: another run moves the service's traffic.
 */
export type Verdict =
  | 'data-rejected'
  | 'gates-failed'
  | 'features-skewed'
  | 'rejected'
  | 'expired'
  | 'already-serving'
  | 'rolled-back'
  | 'aborted'
  | 'busy'

export interface Finished extends NodeAnswer {
  readonly node: string
}

/** What an `each` node has before it: nothing, where its whole list is published, or the elements that are not. */
export type Expansion =
  | { readonly state: 'published'; readonly answer: NodeAnswer }
  /** `pending`: ranges of indexes, both ends included, in order. */
  | {
      readonly state: 'open'
      readonly total: number
      readonly pending: readonly (readonly [first: number, last: number])[]
    }

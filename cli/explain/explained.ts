/** What a code of an error stands for. */
export interface Explained {
  /** As the end of "it means that …", without a full stop. */
  readonly cause: string
  /** What to do, as an imperative. */
  readonly remedy: string
}

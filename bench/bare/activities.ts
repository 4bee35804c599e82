/** The same nothing as `bench/pipelines/no-op.ts`, as a plain activity. */
export function noOp(step: number): Promise<number> {
  return Promise.resolve(step + 1)
}

import { task, z } from '../../dsl/index.ts'

/** Does nothing: what is left of the time is the engine's. `salt` tells one run's results from the next one's. */
export const noOp = task('no-op', {
  input: z.object({ salt: z.string(), step: z.int() }),
  output: z.object({ step: z.int() }),
  run: ({ step }) => ({ step: step + 1 }),
})

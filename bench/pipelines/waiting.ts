import { parameter, pipeline, task, z } from '../../dsl/index.ts'

/** For a GPU, of which the bench's worker has none: each run waits. */
export const idle = task('idle', {
  input: z.object({ salt: z.string() }),
  output: z.object({}),
  resources: { gpus: 1 },
  run: () => ({}),
})

export default pipeline('bench-waiting', { steps: [idle({ salt: parameter('salt', z.string()) })] })

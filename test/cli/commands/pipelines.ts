/** Pipeline files for tests of commands; `'DSL'` becomes the path of the DSL. */

export const DOUBLE = `import { pipeline, task, z } from 'DSL'

export const double = task('double', {
  input: z.object({ value: z.number() }),
  output: z.object({ value: z.number() }),
  run: ({ value }) => ({ value: value * 2 }),
})

export default pipeline('small', { steps: [double({ value: 21 })] })
`

/** Fails at line 9 and leaves a line in the file it is told of for every attempt. */
export const THROWS = `import { appendFileSync } from 'node:fs'
import { parameter, pipeline, task, z } from 'DSL'

export const risky = task('risky', {
  attempts: 2,
  input: z.object({ log: z.string() }),
  output: z.object({}),
  run: ({ log }) => {
    appendFileSync(log, 'attempt\\n')
    throw new TypeError('the value is too large')
  },
})

export default pipeline('throws', { steps: [risky({ log: parameter('log', z.string()) })] })
`

/** Runs until the file that it is told of is there. */
export const WAITS = `import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { parameter, pipeline, task, z } from 'DSL'

export const wait = task('wait', {
  input: z.object({ until: z.string() }),
  output: z.object({}),
  heartbeat: '2 seconds',
  run: async ({ until }) => {
    while (!existsSync(until)) await setTimeout(50)
    return {}
  },
})

export default pipeline('waits', { steps: [wait({ until: parameter('until', z.string()) })] })
`

/** The same task under other words, for one change in each part. */
export function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`expected ${JSON.stringify(from)} in the file`)
  return text.replace(from, to)
}

/** A step that is done once the file is there that it is told of, for files that have what it reads in scope. */
export const WAIT = `export const wait = task('wait', {
  input: z.object({ until: z.string() }),
  output: Done,
  run: async ({ until }) => {
    while (!existsSync(until)) await setTimeout(50)
    return { done: true }
  },
})
`

import { EFFECT } from '../engine/effects.ts'

export interface Ticking {
  readonly name: string
  /** TypeScript. Default: every second. */
  readonly at?: string
  readonly overlap?: string
  /** TypeScript, of the task's body before its effect; `NAME` is the pipeline's. Default: nothing. */
  readonly body?: string
  /** How often its task is tried. Default: once. */
  readonly attempts?: number
  /** Whether to declare a schedule. Default true. */
  readonly scheduled?: boolean
}

/** A pipeline that leaves an effect `<name> <asOf> <amount>`, and can be scheduled and triggered. */
export function tickingPipeline({
  name,
  at = "every('1 second')",
  overlap = 'skip',
  body = '',
  attempts = 1,
  scheduled = true,
}: Ticking): string {
  const schedule = `schedule: { at: ${at}, timeZone: 'Europe/Berlin', overlap: '${overlap}', catchUp: '1 minute' },`
  return `import { every, cron, parameter, pipeline, task, trigger, z } from 'DSL'
${EFFECT}
const NAME = '${name}'
export const tick = task('tick', {
  attempts: ${attempts},
  input: z.object({ asOf: z.string(), amount: z.number() }),
  output: z.object({ asOf: z.string(), doubled: z.number() }),
  run: async ({ asOf, amount }) => {
    ${body}
    effect(NAME + ' ' + asOf + ' ' + amount)
    return { asOf, doubled: 2 * amount }
  },
})

export default pipeline('${name}', {
  steps: [tick({ asOf: parameter('asOf', z.iso.datetime()), amount: parameter('amount', z.number(), 1) })],
  ${scheduled ? schedule : ''}
  triggers: { replay: trigger(z.object({ asOf: z.iso.datetime().optional(), amount: z.number().min(1) })) },
})
void [every, cron, untilThere]
`
}

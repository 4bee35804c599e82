import type { Treated, TriggersStatus } from '../../workflows/triggers-state.ts'

export function treatedText(treated: Exclude<Treated, { readonly state: 'refused' }>): string {
  const { state, run } = treated
  const follow = `  follow it  anneal status ${run} --follow`
  switch (state) {
    case 'started':
      return `started ${run}\n${follow}`
    case 'known':
      return `known: ${run} was started by it before\n${follow}`
    case 'waiting':
      return `${run} waits for its turn\n${follow}`
  }
}

/** What a pipeline's triggers have come to. */
export function statusText(
  { pipeline, waiting, counts: { started, known, refused }, recent }: TriggersStatus,
  declared: readonly string[],
): string {
  return [
    `listens to ${declared.join(', ')} by signal "trigger" of triggers:${pipeline}`,
    `${started} started, ${known} known, ${refused} refused, ${waiting} waiting`,
    ...recent.map(({ trigger, at, treated }) => {
      const what = treated.state === 'refused' ? `refused  ${treated.message}` : `${treated.state}  ${treated.run}`
      return `  ${at.slice(0, 19).replace('T', ' ')} UTC  ${trigger}  ${what}`
    }),
  ].join('\n')
}

import { setTimeout as delay } from 'node:timers/promises'

/** Asks until the answer is something other than `undefined` or `false`. Gives up after `withinMillis` and says for what. */
export async function eventually<T>(
  state: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  { withinMillis = 40_000, everyMillis = 10 }: { readonly withinMillis?: number; readonly everyMillis?: number } = {},
): Promise<T> {
  const deadline = performance.now() + withinMillis
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) throw new Error(`expected within ${withinMillis / 1000} s: ${state}`)
    await delay(everyMillis)
  }
}

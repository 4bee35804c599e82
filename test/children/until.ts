import { setTimeout as delay } from 'node:timers/promises'

/** Waits until `holds` does; after ten seconds it gives up and says what it waited for. */
export async function until(state: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`expected within 10 s: ${state}`)
    await delay(5)
  }
}

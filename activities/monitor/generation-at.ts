import { eventMillis, type Clock } from '../../store/generation.ts'
import type { SignedGeneration } from '../../store/services.ts'
import { generationOf, newestOf, type StateReader } from '../canary/service-state.ts'

/** The clocks of a service's generations, each read once. */
export function clocksOf(engine: StateReader, service: string): (generation: number) => Promise<Clock> {
  const known = new Map<number, Promise<Clock>>()
  return (generation) => {
    const clock = known.get(generation) ?? generationOf(engine, service, generation).then(({ state }) => state.clock)
    known.set(generation, clock)
    return clock
  }
}

/**
 * What a service answered by at a moment of event time: the newest generation that had come by then, each by its own clock.
 * Before the first one that; null where there is none.
 */
export async function generationAt(
  engine: StateReader,
  service: string,
  millis: number,
): Promise<SignedGeneration | null> {
  let at = await newestOf(engine, service)
  while (at !== null && at.state.generation > 1 && cameAt(at) > millis) {
    at = await generationOf(engine, service, at.state.generation - 1)
  }
  return at
}

/** Event time. */
function cameAt({ state: { clock, at } }: SignedGeneration): number {
  return eventMillis(clock, Date.parse(at))
}

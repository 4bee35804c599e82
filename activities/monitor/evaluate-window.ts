import { monitors } from '../../store/monitors.ts'
import type { Engine } from '../engine.ts'
import type { Evaluated, WindowRequest } from './requests.ts'

/** Answers what the record says of a window; one that is not written yet has nothing to say. */
export async function evaluateWindow(engine: Engine, request: WindowRequest): Promise<Evaluated> {
  const { service, number, end } = request
  const found = await monitors(engine.objects).read(service, number)
  return { number, end: found?.end ?? end, found: [], alerts: [], asksForRetrain: false, newerByMillis: null }
}

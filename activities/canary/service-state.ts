import { StoreError } from '../../store/errors.ts'
import type { Checked } from '../../store/signing/fault.ts'
import { services, type SignedGeneration } from '../../store/services.ts'
import type { Engine } from '../engine.ts'

export type StateReader = Pick<Engine, 'objects' | 'trustedKeys'>

/** The service's newest generation; null where it has none. Throws `store-corrupt` for one that nobody trusted signed. */
export async function newestOf(state: StateReader, service: string): Promise<SignedGeneration | null> {
  const found = await services(state.objects).current(service, await state.trustedKeys())
  return found === undefined ? null : verified(found)
}

export async function generationOf(state: StateReader, service: string, generation: number): Promise<SignedGeneration> {
  return verified(await services(state.objects).read(service, generation, await state.trustedKeys()))
}

/** Throws `store-corrupt`. */
export function verified<T>(checked: Checked<T>): T {
  if ('value' in checked) return checked.value
  const { file, expected, got, remedy } = checked.fault
  throw new StoreError('store-corrupt', `store object "${file}": expected ${expected}, got ${got}; ${remedy}`)
}

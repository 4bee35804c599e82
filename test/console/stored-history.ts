import { audit } from '../../store/audit.ts'
import { monitors } from '../../store/monitors.ts'
import type { OpenStore } from '../../store/open-store.ts'
import { services, type SignedGeneration } from '../../store/services.ts'
import type { Signer } from '../../store/signing/dsse.ts'
import { entriesOf, generationsOf } from './a-history.ts'
import { SERVICE, windowsOf } from './some-windows.ts'

/** Writes so many days of the flight delays' service into a store, by the store's own means. */
export async function storeHistory({ objects }: OpenStore, signer: Signer, days: number): Promise<void> {
  let previous: SignedGeneration | null = null
  for (const { generation: _, previous: __, at, ...draft } of generationsOf(days)) {
    const published = await services(objects).publish(draft, { previous, signer, at })
    if (published === 'conflict') throw new Error('generation: expected no other writer')
    previous = published
  }
  for (const window of windowsOf(days)) await monitors(objects).append(window)
  const log = audit(objects)
  for (const entry of entriesOf(days)) await log.append(`service:${SERVICE}`, entry, signer)
}

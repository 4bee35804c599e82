import { StoreError } from '../store/errors.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'
import { servicePage } from './service-page.ts'
import { serviceReader } from './service-records.ts'
import { faultPage, servicesPage } from './services-page.ts'

interface Page {
  readonly status: number
  readonly html: string
}

interface ServicePages {
  readonly services: () => Promise<Page>
  readonly service: (name: string) => Promise<Page>
}

/** More than a year of days. */
export const MOST_WINDOWS = 400

/**
 * Pages of the services in a store, as it is when one is asked for. 404: no such service; 500: something in the store is
 * not as it was signed or written; 503: the store does not answer.
 */
export function servicePages(place: {
  readonly objects: ObjectStore
  readonly keys: () => Promise<TrustedKeys>
}): ServicePages {
  const reader = serviceReader(place)
  return {
    services: once(() =>
      told(async () => {
        const names = await reader.names()
        const all = await Promise.all(names.map((name) => reader.read(name, { windows: 1 })))
        return { status: 200, html: servicesPage(all.filter((records) => records !== undefined)) }
      }),
    ),
    service: once((name: string) =>
      told(async () => {
        const records = await reader.read(name, { windows: MOST_WINDOWS })
        return records === undefined ? unknown(name) : { status: 200, html: servicePage(records) }
      }),
    ),
  }
}

/** Whoever asks while the same page is being made gets that one. */
function once(make: (name: string) => Promise<Page>): (name?: string) => Promise<Page> {
  const making = new Map<string, Promise<Page>>()
  return (name = '') => {
    const under = making.get(name) ?? make(name).finally(() => making.delete(name))
    making.set(name, under)
    return under
  }
}

function unknown(name: string): Page {
  const shown = JSON.stringify(name.slice(0, 64))
  const reason = `service ${shown}: expected one that a run has put a model into, got another`
  return { status: 404, html: faultPage('No such service', reason) }
}

async function told(page: () => Promise<Page>): Promise<Page> {
  try {
    return await page()
  } catch (error) {
    // Its message names keys, never a path of the machine.
    if (!(error instanceof StoreError)) throw error
    if (error.code === 'key-invalid') return { status: 404, html: faultPage('No such service', error.message) }
    if (error.code === 'store-corrupt') return { status: 500, html: faultPage('Not as it was written', error.message) }
    return { status: 503, html: faultPage('The store does not answer', error.message) }
  }
}

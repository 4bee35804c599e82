import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { serviceReader } from '../../console/service-records.ts'
import { servicePages } from '../../console/service-pages.ts'
import { audit } from '../../store/audit.ts'
import { StoreError } from '../../store/errors.ts'
import { monitors } from '../../store/monitors.ts'
import { trusted } from '../../store/signing/keys.ts'
import { eventually } from '../engine/eventually.ts'
import { aServiceRig, NEGATIVE, SERVICE, type ServiceRig } from '../serving/a-service.ts'
import { entriesOf } from './a-history.ts'
import { windowsOf } from './some-windows.ts'

/** A gateway with a model, and with so many windows of its service in the store. */
async function aGateway(days: number): Promise<ServiceRig & { readonly address: string }> {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('negative', NEGATIVE) })
  for (const window of windowsOf(days)) await monitors(rig.store.objects).append({ ...window, service: SERVICE })
  const { address } = await rig.start({ pages: servicePages })
  return { ...rig, address }
}

it('a gateway shows its services, each as the store has it at that moment', async () => {
  const { address, store, signer } = await aGateway(42)
  await eventually('the gateway says that it lives', async () => {
    const text = await (await fetch(`${address}/services`)).text()
    return /<td class="number">1<\/td>\s*<\/tr>/.test(text)
  })
  const all = await fetch(`${address}/services`)
  expect([all.status, all.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(await all.text()).toMatch(/<a href="\/services\/trips">trips<\/a>.*1 alert.*negative@1.*13 May 2001/s)

  const page = await fetch(`${address}/services/${SERVICE}`)
  expect(page.status).toBe(200)
  expect(page.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  expect(page.headers.get('cache-control')).toBe('no-store')
  const before = await page.text()
  expect(before).toContain('12 May 2001 to 13 May 2001 (number 42)')
  expect(before).not.toContain('<h2>What happened</h2>')

  const [next] = windowsOf(43).slice(-1)
  if (next !== undefined) await monitors(store.objects).append({ ...next, service: SERVICE })
  const alert = entriesOf(42).find(({ kind }) => kind === 'alert')
  if (alert !== undefined) await audit(store.objects).append(`service:${SERVICE}`, alert, signer)
  const after = await (await fetch(`${address}/services/${SERVICE}`)).text()
  expect(after).toContain('13 May 2001 to 14 May 2001 (number 43)')
  expect(after).toMatch(/<h2>What happened<\/h2>.*alert: drift of origin_late_7d/s)
})

it('reads as many of the newest windows as it is asked for, and knows them the next time', async () => {
  const { folder, store } = await aGateway(8)
  const reader = serviceReader({ objects: store.objects, keys: () => trusted(join(folder, 'keys')) })
  const numbers = async (windows: number): Promise<readonly number[]> =>
    (await reader.read(SERVICE, { windows }))?.windows.map(({ number }) => number) ?? []
  expect(await numbers(5)).toEqual([4, 5, 6, 7, 8])
  await rm(join(folder, 'store', 'monitors', SERVICE, '6'))
  expect(await numbers(3)).toEqual([6, 7, 8])
  expect(await reader.read('nobody', { windows: 3 })).toBeUndefined()
})

it('of a service that is not there, or can not be, a page says so', async () => {
  const { address } = await aGateway(1)
  for (const path of ['nobody', '%2e%2e%2fkeys', '%3Cscript%3Ealert(1)%3C%2Fscript%3E']) {
    const answer = await fetch(`${address}/services/${path}`)
    const text = await answer.text()
    expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    expect(text).toContain('<h1>No such service</h1>')
    expect(text).not.toContain('<script')
  }
})

it('what was altered in the store is not shown: a page names it', async () => {
  const { address, folder, store, signer } = await aGateway(3)
  const chain = `service:${SERVICE}`
  for (const entry of entriesOf(42)) await audit(store.objects).append(chain, entry, signer)
  const entries = join(folder, 'store', 'audit', chain)
  const [first = ''] = await readdir(entries)
  await rm(join(entries, first))
  await writeFile(join(entries, first), '{}')
  const answer = await fetch(`${address}/services/${SERVICE}`)
  const text = await answer.text()
  expect(answer.status).toBe(500)
  expect(text).toMatch(/<h1>Not as it was written<\/h1>.*audit/s)
  expect(text).not.toContain(folder)
})

function unreadable(): Promise<never> {
  return Promise.reject(new StoreError('store-io', 'keys: read: expected it, got EIO'))
}

it('of a store that does not answer, a page says so', async () => {
  const { store } = await aServiceRig()
  const { status, html } = await servicePages({ objects: store.objects, keys: unreadable }).service(SERVICE)
  expect(status).toBe(503)
  expect(html).toMatch(/<h1>The store does not answer<\/h1>\s*<\/header>.*got EIO/s)
})

it('without pages a gateway has none', async () => {
  const rig = await aServiceRig()
  const { address } = await rig.start()
  const answer = await fetch(`${address}/services`)
  expect([answer.status, await answer.json()]).toEqual([404, { error: expect.stringMatching(/^path: expected/) }])
})

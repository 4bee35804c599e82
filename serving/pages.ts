import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ObjectStore } from '../store/object-store.ts'
import type { TrustedKeys } from '../store/signing/dsse.ts'

/** A page for people, whole: it needs no script and no other file. */
export interface Page {
  readonly status: number
  readonly html: string
}

/** Makes pages of what is in the store. Made elsewhere: a gateway hands them out only. */
export interface Pages {
  readonly services: () => Promise<Page>
  readonly service: (name: string) => Promise<Page>
}

export type MakePages = (place: { readonly objects: ObjectStore; readonly keys: () => Promise<TrustedKeys> }) => Pages

/** Nothing but inline style: what a page holds of the data can start nothing and ask nobody. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const

/** `GET /services` and `GET /services/<service>`. */
export function addPages(server: FastifyInstance, pages: Pages): void {
  server.get('/services', async (_, reply) => send(reply, await pages.services()))
  server.get<{ readonly Params: { readonly service: string } }>('/services/:service', async ({ params }, reply) =>
    send(reply, await pages.service(params.service)),
  )
}

function send(reply: FastifyReply, { status, html }: Page): FastifyReply {
  if (status === 503) void reply.header('retry-after', '1')
  return reply.code(status).headers(HEADERS).type('text/html; charset=utf-8').send(html)
}

import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { invalid, ServingError } from './errors.ts'
import { infer, type Answering } from './infer.ts'
import { metadataOf, SERVER } from './metadata.ts'
import type { GatewayMetrics } from './metrics.ts'
import { addPages, type Pages } from './pages.ts'
import { notReady, versionNamed } from './route.ts'
import type { ServedModel } from './served-model.ts'

export interface ServerOptions {
  readonly answering: (service: string) => Answering | undefined
  /** Whether every service that is to be answered has a model. */
  readonly isReady: () => boolean
  readonly metrics: Pick<GatewayMetrics, 'contentType' | 'text'>
  readonly pages?: Pages | undefined
}

interface Named {
  readonly Params: { readonly service: string; readonly version?: string }
}
type NamedRequest = FastifyRequest<Named>

const MOST_BYTES = 8 * 1024 * 1024
const MODEL = '/v2/models/:service'
const VERSION = `${MODEL}/versions/:version`

/** The Open Inference Protocol v2 over HTTP, outcomes, metrics and pages. Every error is `{ "error": "…" }`, of a page a page. */
export function gatewayServer(options: ServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: MOST_BYTES,
    forceCloseConnections: 'idle',
    // While it drains, what comes by a connection that is there is answered too.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: (error, _, reply) => void fail(error, reply as FastifyReply),
    clientErrorHandler: (_, socket) => {
      if (socket.writable)
        socket.end(
          'HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{"error":"request: expected HTTP/1.1, got something else"}',
        )
    },
  })
  server.removeAllContentTypeParsers()
  // Clients of the protocol send no content type, or any.
  for (const type of ['application/json', 'application/octet-stream', '*'])
    server.addContentTypeParser(type, { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  server.setErrorHandler((error, _, reply) => fail(error, reply))
  server.setNotFoundHandler((_, reply) =>
    fail(new ServingError('not-found', 'path: expected one of the Open Inference Protocol v2, got another'), reply),
  )
  addHealth(server, options)
  addModels(server, options)
  server.get('/metrics', async (_, reply) => reply.type(options.metrics.contentType).send(await options.metrics.text()))
  if (options.pages !== undefined) addPages(server, options.pages)
  return server
}

function fail(error: unknown, reply: FastifyReply): FastifyReply {
  const [status, message] = told(error)
  if (status === 503) void reply.header('retry-after', '1')
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ error: message }))
}

/** Of an error that is not ours a client learns the kind, and no more. */
function told(error: unknown): readonly [number, string] {
  if (error instanceof ServingError) return [error.status, error.message]
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return [413, `body: expected at most ${MOST_BYTES} bytes, got more`]
  if (status >= 400 && status < 500) return [status, 'request: expected a path and body that can be read, got others']
  return [500, 'gateway: expected an answer, got a fault of its own; its log tells more']
}

function addHealth(server: FastifyInstance, { isReady }: ServerOptions): void {
  server.get('/v2', () => SERVER)
  server.get('/v2/health/live', () => ({ live: true }))
  server.get('/v2/health/ready', (_, reply) => reply.code(isReady() ? 200 : 503).send({ ready: isReady() }))
}

function addModels(server: FastifyInstance, { answering }: ServerOptions): void {
  const required = ({ params }: NamedRequest): Answering => answering(params.service) ?? unknownService(params.service)
  for (const path of [MODEL, VERSION]) {
    server.get<Named>(path, (request) => metadataAt(required(request), request.params.version))
    server.get<Named>(`${path}/ready`, (request, reply) => {
      const { service } = required(request)
      const generation = service.current()
      if (generation !== undefined) modelAt(required(request), request.params.version)
      return reply
        .code(generation === undefined ? 503 : 200)
        .send({ name: service.name, ready: generation !== undefined })
    })
    server.post<Named>(`${path}/infer`, (request, reply) => inferAt(required(request), request, reply))
  }
  server.post<Named>(`${MODEL}/outcomes`, async (request) => {
    const one = required(request)
    const { accepted, logged } = modelAt(one, undefined).outcomes(await bodyOf(request), Date.now())
    for (const outcome of logged) one.log.add(outcome)
    return { accepted, logged: logged.length }
  })
}

function unknownService(name: string): never {
  throw new ServingError(
    'not-found',
    `service ${JSON.stringify(name.slice(0, 64))}: expected one that this gateway answers for, got another`,
  )
}

function modelAt({ service }: Answering, version: string | undefined): ServedModel {
  const generation = service.current() ?? notReady()
  if (version !== undefined) return versionNamed(generation, version).model
  return (generation.stable ?? generation.candidate ?? notReady()).model
}

function metadataAt(answering: Answering, version: string | undefined): object {
  const model = modelAt(answering, version)
  return metadataOf(answering.service.name, answering.service.current() ?? notReady(), model)
}

async function inferAt(answering: Answering, request: NamedRequest, reply: FastifyReply): Promise<FastifyReply> {
  const given = bodyOf(request)
  const { body, jsonLength } = await infer(answering, {
    body: given instanceof Promise ? await given : given,
    jsonLength: headerOf(request, 'inference-header-content-length'),
    version: request.params.version,
    sticky: headerOf(request, 'x-anneal-sticky'),
  })
  if (jsonLength === null) return reply.type('application/json').send(body)
  return reply.header('inference-header-content-length', jsonLength).type('application/octet-stream').send(body)
}

function headerOf({ headers }: NamedRequest, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

const INFLATE = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const

function bodyOf(request: NamedRequest): Buffer | Promise<Buffer> {
  // The parsers above make nothing else.
  const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
  const encoding = headerOf(request, 'content-encoding')
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw new ServingError('encoding', 'body: expected gzip, deflate or no content encoding, got another')
  return inflated(body, encoding)
}

async function inflated(body: Buffer, encoding: keyof typeof INFLATE): Promise<Buffer> {
  const plain = await INFLATE[encoding](body, { maxOutputLength: MOST_BYTES }).catch(() => undefined)
  if (plain !== undefined) return plain
  throw invalid(`body: expected ${encoding} of at most ${MOST_BYTES} bytes, got something else`)
}

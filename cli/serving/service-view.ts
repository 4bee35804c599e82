import { acknowledgements, type Acknowledgement } from '../../store/acknowledgements.ts'
import type { Generation, Served } from '../../store/generation.ts'
import { leases } from '../../store/leases.ts'
import { nameOf } from '../../store/model-version.ts'
import type { OpenStore } from '../../store/open-store.ts'
import { services, type SignedGeneration } from '../../store/services.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { CliError } from '../errors.ts'

/** What a service answers by, and what its gateways say. */
export interface ServiceView {
  readonly service: string
  readonly generation: number
  /** `delay@3`; null before the first model. */
  readonly stable: string | null
  readonly candidate: { readonly version: string; /** 0 to 1. */ readonly share: number } | null
  /** Until when the candidate has its share; null without candidate. */
  readonly lease: { readonly until: string; readonly lapsed: boolean } | null
  readonly gateways: readonly Omit<Acknowledgement, 'until'>[]
  readonly changed: { readonly at: string; readonly cause: Generation['cause']; readonly by: string }
  /** The workflow that moves its traffic; null where none does. */
  readonly canary: string | null
}

export interface ServiceReader {
  readonly store: OpenStore
  readonly keys: TrustedKeys
}

/** The newest generation, verified. Throws `service-unknown`, `not-verified`. */
export async function requireService({ store, keys }: ServiceReader, service: string): Promise<SignedGeneration> {
  const current = await services(store.objects).current(service, keys)
  if (current !== undefined) return verified(service, current)
  throw new CliError('service-unknown', {
    message: `service "${service}" is not known`,
    expected: 'a service that a run has put a model into',
    got: `"${service}"`,
    remedy: 'list the services with `anneal services`, or run a pipeline with `canary` for it',
  })
}

type Read = Awaited<ReturnType<ReturnType<typeof services>['read']>>

function verified(service: string, read: Read): SignedGeneration {
  if ('value' in read) return read.value
  const { file, ...fault } = read.fault
  throw new CliError('not-verified', { message: `service "${service}" does not verify`, where: file, ...fault })
}

export async function serviceView(reader: ServiceReader, service: string): Promise<ServiceView> {
  const { store, keys } = reader
  const { state } = await requireService(reader, service)
  const { generation, stable, candidate } = state
  const live = await acknowledgements(store.objects).live(service, Date.now())
  return {
    service,
    generation,
    stable: stable && nameOf(stable),
    candidate: candidate && { version: nameOf(candidate), share: candidate.share / 10_000 },
    lease: candidate && (await leaseOf(store, { state, keys })),
    gateways: live.map(withoutEnd).toSorted((one, other) => (one.gateway < other.gateway ? -1 : 1)),
    changed: { at: state.at, cause: state.cause, by: state.by },
    canary: candidate && `canary:${service}`,
  }
}

function withoutEnd(acknowledgement: Acknowledgement): Omit<Acknowledgement, 'until'> {
  const { until: _, ...gateway } = acknowledgement
  return gateway
}

async function leaseOf(
  { objects }: OpenStore,
  { state, keys }: { readonly state: Generation; readonly keys: TrustedKeys },
): Promise<ServiceView['lease']> {
  const renewed = await leases(objects).until(state.service, state.generation, keys)
  const until = Math.max(Date.parse(state.until ?? state.at), renewed ?? 0)
  return { until: new Date(until).toISOString(), lapsed: until < Date.now() }
}

/** The newest model before this one that the service answered all by, and that `is` wanted. */
export async function stableBefore(
  { store, keys }: ServiceReader,
  { state }: SignedGeneration,
  is: (served: Served) => boolean,
): Promise<Served | undefined> {
  for (let generation = state.generation; generation > 0; generation -= 1) {
    const read = await services(store.objects).read(state.service, generation, keys)
    const { stable } = verified(state.service, read).state
    if (stable !== null && is(stable)) return stable
  }
  return undefined
}

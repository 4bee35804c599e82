import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { audit } from '../../store/audit.ts'
import type { AuditEntry } from '../../store/audit-entry.ts'
import { eventMillis, type Clock } from '../../store/generation.ts'
import { monitors, type WindowRecord } from '../../store/monitors.ts'
import { services } from '../../store/services.ts'
import { loadSigner } from '../../store/signing/keys.ts'
import type { MonitorStatus } from '../../workflows/monitor-view.ts'
import type { CanaryRig } from '../canary/canary-rig.ts'
import { eventually } from '../engine/eventually.ts'

export interface MonitorRig extends CanaryRig {
  /** The query `status` of the service's monitor. */
  readonly monitor: (service: string) => Promise<MonitorStatus>
  /** Until it is such. */
  readonly untilMonitor: (service: string, is: (status: MonitorStatus) => boolean) => Promise<MonitorStatus>
  readonly windows: (service: string) => Promise<readonly WindowRecord[]>
  /** Until there are so many. */
  readonly untilWindows: (service: string, count: number) => Promise<readonly WindowRecord[]>
  /** Sets the service's clock, by a generation of its own; it is this time now. */
  readonly setClock: (service: string, clock: ClockFrom) => Promise<void>
  readonly signal: (service: string, name: string, message?: unknown) => Promise<void>
  /** What the service's audit chain says of retrains. */
  readonly retrains: (service: string) => Promise<readonly AuditEntry[]>
}

export interface ClockFrom {
  /** Event time at this moment. */
  readonly from: string
  /** Days of event time a second of wall time. */
  readonly daysASecond: number
}

export function monitorRigOf(rig: CanaryRig): MonitorRig {
  const { project, client, keys } = rig
  const { objects } = project.store
  const handle = (service: string) => client.workflow.getHandle(`monitor:${service}`)
  const status = (service: string): Promise<MonitorStatus> => handle(service).query<MonitorStatus>('status')
  const windows = async (service: string): Promise<readonly WindowRecord[]> => {
    const chain = monitors(objects)
    return chain.newest(service, await chain.head(service))
  }
  return {
    ...rig,
    monitor: status,
    untilMonitor: (service, is) =>
      eventually(
        `a state of the monitor of "${service}"`,
        async () => {
          const now = await status(service).catch(() => undefined)
          return now !== undefined && is(now) ? now : undefined
        },
        { withinMillis: 60_000, everyMillis: 50 },
      ),
    windows,
    untilWindows: (service, count) =>
      eventually(
        `${count} windows of "${service}"`,
        async () => {
          if ((await monitors(objects).head(service)) < count) return undefined
          return windows(service)
        },
        { withinMillis: 60_000, everyMillis: 20 },
      ),
    setClock: async (service, clock) => {
      const signer = await loadSigner(join(project.stateFolder, 'keys'))
      for (;;) {
        const found = await services(objects).current(service, keys)
        if (found === undefined || 'fault' in found) throw new Error(`service "${service}": expected a generation`)
        const { generation: _, previous: __, at: ___, ...state } = found.value.state
        const draft = { ...state, clock: clockOf(clock), key: `clock/${randomUUID()}`, by: 'test' }
        const published = await services(objects).publish(draft, { previous: found.value, signer })
        if (published !== 'conflict') return
      }
    },
    signal: (service, name, ...message) => handle(service).signal(name, ...message),
    retrains: async (service) => {
      const entries = await audit(objects).entries(`service:${service}`, keys)
      return entries.flatMap(({ entry }) => (entry.kind === 'retrain' ? [entry] : []))
    },
  }
}

const DAY_SECONDS = 86_400

export function clockOf({ from, daysASecond }: ClockFrom): Clock {
  return { eventOrigin: from, wallOrigin: new Date().toISOString(), scale: daysASecond * DAY_SECONDS }
}

export function eventNow(clock: Clock): string {
  return new Date(eventMillis(clock, Date.now())).toISOString()
}

/** What a pipeline says of how its service is looked after, as TypeScript. */
export function monitored(retrain: string = RETRAIN): string {
  return `
  monitor: { over: '7 days', every: '1 day', consecutive: 1, drift: { distance: { psi: atMost(0.2) } } },
  ${retrain}`
}

const RETRAIN = `retrain: { onDrift: true, coolDown: '30 days', budget: { runs: 3, per: '90 days' } },`

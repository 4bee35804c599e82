import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { entryOf } from '../../activities/monitor/retrains.ts'
import { expect } from 'vitest'
import { audit } from '../../store/audit.ts'
import type { AuditEntry } from '../../store/audit-entry.ts'
import type { Clock } from '../../store/generation.ts'
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
  /** Writes down that a retrain by this order was decided on, as a monitor does that is ended right after; its run. */
  readonly orderRetrain: (service: string, order: string) => Promise<string>
  /** Terminates it. */
  readonly endMonitor: (service: string) => Promise<void>
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
        const draft = {
          ...state,
          clock: clockOf(clock),
          key: `clock/${randomUUID()}`,
          cause: 'clock' as const,
          by: 'test',
        }
        const published = await services(objects).publish(draft, { previous: found.value, signer })
        if (published !== 'conflict') return
      }
    },
    signal: (service, name, ...message) => handle(service).signal(name, ...message),
    orderRetrain: async (service, order) => {
      const signer = await loadSigner(join(project.stateFolder, 'keys'))
      const request = { service, cause: 'person', id: randomUUID(), by: 'test' } as const
      const run = `run:${service}:person-${request.id}`
      const eventAt = new Date().toISOString()
      const said = { state: 'ordered', ...request, reason: 'why', eventAt, run, order } as const
      await audit(objects).append(`service:${service}`, entryOf(request, said), signer)
      return run
    },
    endMonitor: async (service) => {
      await handle(service).terminate()
    },
    retrains: async (service) => {
      const entries = await audit(objects).entries(`service:${service}`, keys)
      return entries.flatMap(({ entry }) => (entry.kind === 'retrain' ? [entry] : []))
    },
  }
}

export const DAY_MILLIS = 86_400_000

export function clockOf({ from, daysASecond }: ClockFrom): Clock {
  return { eventOrigin: from, wallOrigin: new Date().toISOString(), scale: (daysASecond * DAY_MILLIS) / 1000 }
}

/** What a pipeline says of how its service is looked after, as TypeScript. `over`: the windows' length. */
export function monitored(retrain: string = RETRAIN, over = '7 days'): string {
  return `
  monitor: { over: '${over}', every: '1 day', consecutive: 1, drift: { distance: { psi: atMost(0.2) } } },
  ${retrain}`
}

const RETRAIN = `retrain: { onDrift: true, coolDown: '30 days', budget: { runs: 3, per: '90 days' } },`

/** Each day has one window, in order, whatever happened. */
export function expectEachOnce(windows: readonly WindowRecord[]): void {
  const first = Date.parse(windows[0]?.end ?? '')
  expect(first % DAY_MILLIS).toBe(0)
  const wanted = windows.map((_, index) => [index + 1, new Date(first + index * DAY_MILLIS).toISOString()])
  expect(windows.map(({ number, end }) => [number, end])).toEqual(wanted)
}

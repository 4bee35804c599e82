import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'

const RETRY = { initialInterval: '500 milliseconds', maximumInterval: '10 seconds' } as const
/** A share's lease outlives a worker by what is left of it, so its end has to be noticed and made good before. */
const SILENT_SHARE_OF_LEASE = 3
const LONGEST = '30 days'
/** While traffic is at stake an error that stays is a reason to take it back. */
const ATTEMPTS = 30

export const local = proxyLocalActivities<Activities>({
  startToCloseTimeout: '10 seconds',
  retry: { maximumAttempts: 5 },
})

/** Short ones, which are tried until they are done. */
export const ordinary = proxyActivities<Activities>({ startToCloseTimeout: '20 seconds', retry: RETRY })

/** Those that move a candidate's traffic, by its lease. */
export function callsFor({ leaseMillis }: { readonly leaseMillis: number }) {
  const silent = Math.round(leaseMillis / SILENT_SHARE_OF_LEASE)
  const retry = { ...RETRY, maximumAttempts: ATTEMPTS }
  const moving = { startToCloseTimeout: silent, retry } as const
  const watching = { startToCloseTimeout: LONGEST, heartbeatTimeout: silent, retry } as const
  return {
    move: (summary: string) => proxyActivities<Activities>({ ...moving, summary }).moveTraffic,
    /** Until it is done: what takes traffic back may not give up. */
    takeBack: (summary: string) =>
      proxyActivities<Activities>({ startToCloseTimeout: silent, retry: RETRY, summary }).moveTraffic,
    gateways: (summary: string) => proxyActivities<Activities>({ ...watching, summary }).awaitGateways,
    smoke: (summary: string) => proxyActivities<Activities>({ ...watching, summary }).smokeTest,
    watch: (summary: string) => proxyActivities<Activities>({ ...watching, summary }).watchTraffic,
  }
}

export type Calls = ReturnType<typeof callsFor>

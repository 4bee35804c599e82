import { condition, isCancellation } from '@temporalio/workflow'
import { messageOf } from './failures.ts'
import { look, refreshing, type Monitoring } from './monitor-calls.ts'

/**
 * Has the online features made anew, step by step of the refresh. What fails is told of and left: the next step knows all
 * that it would have. Goes on until it is cancelled; a refresh that is cut off is begun again by whoever goes on.
 */
export async function keepFresh(monitoring: Monitoring): Promise<never> {
  const { state } = monitoring
  while (true) {
    const next = state.due?.refresh ?? null
    const isNew = next !== null && next.at !== state.refreshed?.at
    const hasChanged = (): boolean => {
      const now = state.due?.refresh ?? null
      return now?.at !== next?.at || now?.dueMillis !== next?.dueMillis
    }
    if (!isNew) {
      await condition(hasChanged)
      continue
    }
    const waitMillis = next.dueMillis - Date.now()
    if (waitMillis > 0) await condition(hasChanged, waitMillis, { summary: `features at ${next.at}` })
    else await refresh(monitoring, next.at)
  }
}

async function refresh(monitoring: Monitoring, at: string): Promise<void> {
  const { state } = monitoring
  state.refreshing = true
  try {
    const { state: outcome, reason } = await refreshing(`${state.policy.service} at ${at}`)({ ...state.policy, at })
    state.refreshed = { at, state: outcome, reason }
    state.trouble.refresh = null
  } catch (error) {
    if (isCancellation(error)) throw error
    state.refreshed = { at, state: 'failed', reason: messageOf(error) }
    state.trouble.refresh = `refresh at ${at}: ${messageOf(error)}`
  } finally {
    state.refreshing = false
  }
  await look(monitoring)
}

import { untilSeen } from './until-seen.ts'
import { withSchedule } from './with-schedule.ts'

export type Change = { readonly change: 'pause' | 'resume'; readonly reason: string } | { readonly change: 'delete' }

/** `anneal schedule pause | resume | delete NAME`; what goes on goes on. Throws `schedule-unknown`. */
export async function changeCommand(
  name: string,
  change: Change,
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  await withSchedule(name, async ({ handle }) => {
    switch (change.change) {
      case 'pause':
        await handle.pause(change.reason)
        return untilSeen(handle, ({ state }) => state.paused)
      case 'resume':
        await handle.unpause(change.reason)
        return untilSeen(handle, ({ state }) => !state.paused)
      case 'delete':
        return handle.delete()
    }
  })
  const state = STATES[change.change]
  process.stdout.write(json ? `${JSON.stringify({ name, state })}\n` : `${state} ${name}\n`)
}

const STATES = { pause: 'paused', resume: 'resumed', delete: 'deleted' } as const

import { loadSettings } from '../../config/settings.ts'
import { wantsColour } from '../colour.ts'
import { shortTime, table } from '../models/table.ts'
import { connectClient } from '../run/temporal-client.ts'
import { durationText, timesText } from './schedule-options.ts'
import { listSchedules, type ScheduleView } from './schedule-view.ts'

/** `anneal schedule list`. */
export async function listCommand({ json = false }: { readonly json?: boolean }): Promise<void> {
  const settings = loadSettings()
  const client = await connectClient(settings)
  try {
    const views = await listSchedules(client, { taskQueue: settings.queue })
    process.stdout.write(`${json ? JSON.stringify(views) : listText(views)}\n`)
  } finally {
    await client.connection.close()
  }
}

function listText(views: readonly ScheduleView[]): string {
  if (views.length === 0) return 'no schedules yet: make one with `anneal schedule create FILE`'
  const rows = views.map(({ name, schedule, paused, note, next, last, started, skipped, missed }) => [
    name,
    schedule === null ? '' : timesText(schedule),
    schedule === null ? '' : schedule.overlap,
    schedule === null ? '' : durationText(schedule.catchUpMillis),
    paused ? `paused${note === null ? '' : `: ${note}`}` : next[0] === undefined ? 'never' : shortTime(next[0]),
    last === null ? 'none yet' : shortTime(last.at),
    String(started),
    String(skipped),
    String(missed),
  ])
  const head = ['schedule', 'at', 'overlap', 'catch-up', 'next', 'last', 'started', 'skipped', 'missed']
  return table(rows, { head, right: [6, 7, 8], colour: wantsColour(process.stdout) }).join('\n')
}

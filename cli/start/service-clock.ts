import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../../config/settings.ts'
import { eventMillis, type Clock } from '../../store/generation.ts'
import { openStore } from '../../store/open-store.ts'
import { services } from '../../store/services.ts'
import { loadSigner, trusted } from '../../store/signing/keys.ts'
import { requireService } from '../serving/service-view.ts'
import { EXAMPLE } from './example.ts'

/** Written by the replay: how far event time has come. */
export function positionFile(): string {
  return join(loadSettings().stateFolder, 'replay-position')
}

/** Event time at which the replay begins or goes on, milliseconds since 1970. */
function replayPosition(): number {
  const file = positionFile()
  const noted = existsSync(file) ? Date.parse(readFileSync(file, 'utf8')) : Number.NaN
  return Number.isNaN(noted) ? Date.parse(EXAMPLE.asOf) : noted
}

/** `undefined` before the service has a model. */
export async function serviceClock(): Promise<Clock | undefined> {
  const { store, keys } = loadSettings()
  const opened = openStore(store)
  if ((await services(opened.objects).head(EXAMPLE.name)) === 0) return undefined
  return (await requireService({ store: opened, keys: await trusted(keys) }, EXAMPLE.name)).state.clock
}

/** What a machine slept through, or was off for, did not happen: event time goes on where the replay has come to. */
const MOST_BEHIND_MILLIS = 86_400_000

/**
 * Has the service's event time go on from the replay's position, by a signed generation of the same version, where it does not
 * already: at the replay's speed up to `until`, from there on at that of wall time. A canary under way ends by it: what it
 * would have seen did not come. Call it before a worker starts, or between runs. Answers the clock that holds.
 */
export async function settleClock(until: string): Promise<Clock | undefined> {
  const clock = await serviceClock()
  if (clock === undefined) return undefined
  const position = replayPosition()
  const scale = position < Date.parse(until) ? EXAMPLE.speed : 1
  const behind = eventMillis(clock, Date.now()) - position
  if (clock.scale === scale && (scale === 1 || behind <= MOST_BEHIND_MILLIS)) return clock
  const [eventOrigin, wallOrigin] = [new Date(position).toISOString(), new Date().toISOString()]
  const next: Clock = { eventOrigin, wallOrigin, scale }
  await publish(next)
  return next
}

async function publish(clock: Clock): Promise<void> {
  const { store, keys } = loadSettings()
  const opened = openStore(store)
  const previous = await requireService({ store: opened, keys: await trusted(keys) }, EXAMPLE.name)
  const { generation: _, previous: __, at: ___, ...state } = previous.state
  const key = `clock/${clock.wallOrigin}`
  const draft = {
    ...state,
    clock,
    key,
    candidate: null,
    until: null,
    cause: 'clock',
    by: 'anneal start',
    evidence: null,
  } as const
  await services(opened.objects).publish(draft, { previous, signer: await loadSigner(keys) })
}

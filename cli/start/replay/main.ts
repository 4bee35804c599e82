/**
 * Replays days of flights at the pace of a service's clock: each day's file arrives two days before the day, as look-ups
 * take from it only what was known at a request's time; a share of the flights become requests as they depart, and what
 * came of them is told once it is known. Writes a JSON line for each day to stdout. Goes on from where the clock is.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { eventMillis } from '../../../store/generation.ts'
import { EXAMPLE } from '../example.ts'
import { DAY_MILLIS, deliver, type Flight, flightsOf } from './flights.ts'
import { gatewayClient, type Known } from './gateway-client.ts'
import { replayOptions, type ReplayOptions } from './options.ts'

/** As the contract says. */
const KNOWN_AFTER_MILLIS = 6 * 3_600_000
const TICK_MILLIS = 20
const MOST_UNDER_WAY = 256

const options = replayOptions(process.argv.slice(2))
let noted = 0
const client = gatewayClient(options)
await replay(options)
client.close()

async function replay({ clock, from, to, out, ...more }: ReplayOptions): Promise<void> {
  const begin = Math.max(from, eventMillis(clock, Date.now()))
  const due: Known[] = []
  for (let day = begin - (begin % DAY_MILLIS); day < to; day += DAY_MILLIS) {
    for (let ahead = 0; ahead <= EXAMPLE.daysAhead; ahead++) await deliver(day + ahead * DAY_MILLIS, { ...more, out })
    const flights = (await flightsOf(day, more)).filter(({ millis }) => millis >= begin)
    await play(flights, { until: Math.min(day + DAY_MILLIS, to), due })
    write({ event: 'day', day: new Date(day).toISOString().slice(0, 10), ...client.counts() })
  }
  write({ event: 'end' })
}

interface Playing {
  readonly until: number
  /** What is told once it is known; the earliest first. */
  readonly due: Known[]
}

async function play(flights: readonly Flight[], { until, due }: Playing): Promise<void> {
  const waiting = new Set<Promise<void>>()
  const ask = (flight: Flight): void => {
    const asking = client
      .predict(flight)
      .then((id) => void (id !== undefined && due.push({ id, flight })))
      .finally(() => waiting.delete(asking))
    waiting.add(asking)
  }
  let next = 0
  for (;;) {
    const now = eventMillis(options.clock, Date.now())
    const ready = flights.slice(next, next + MOST_UNDER_WAY - waiting.size).filter(({ millis }) => millis <= now)
    ready.forEach(ask)
    next += ready.length
    const known = due.findIndex(({ flight }) => flight.millis + KNOWN_AFTER_MILLIS > now)
    void client.tell(due.splice(0, known === -1 ? due.length : known))
    note(Math.min(now, until))
    if (now >= until && next === flights.length && waiting.size === 0) return
    await pause(TICK_MILLIS)
  }
}

/** For whoever starts the replay again. */
function note(event: number): void {
  if (performance.now() - noted < 500) return
  noted = performance.now()
  writeFileSync(`${options.position}.tmp`, new Date(event).toISOString())
  renameSync(`${options.position}.tmp`, options.position)
}

function write(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

import { appendFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  trafficLine,
  type LoggedOutcome,
  type LoggedPrediction,
  type SegmentPlace,
  type Traffic,
} from '../store/traffic.ts'
import { trafficCounts, type Answerer, type Outcome, type TrafficCounts } from './traffic-counts.ts'

export interface TrafficLogOptions {
  readonly service: string
  readonly gateway: string
  readonly traffic: Traffic
  /** Journals lie here until they are in the store, `<milliseconds>.<n>` each. */
  readonly folder: string
}

const JOURNAL_MILLIS = 50
const SHIP_MILLIS = 1000
/** Lines that wait for the disk; then new ones are dropped. */
const MOST_WAITING = 20_000
/** Segments that wait for the store, a second each; then the oldest ones are dropped. */
const MOST_SEGMENTS = 600

interface Segment {
  readonly place: SegmentPlace
  readonly path: string
}

/**
 * What one service's requests came to. Nothing here makes a request wait or fail: lines go to a journal within 50 ms, each
 * time in one write, and a second's journal to the store as one segment. What a killed gateway leaves, the next one ships
 * (`ship-journals.ts`).
 */
export class TrafficLog {
  private readonly options: TrafficLogOptions
  private readonly closing = new AbortController()
  private readonly running: Promise<void>
  /** Since the last write to the journal, and since the segment began. */
  private readonly fresh: TrafficCounts = trafficCounts()
  private readonly whole: TrafficCounts = trafficCounts()
  private readonly freshLines: string[] = []
  private readonly wholeLines: string[] = []
  private readonly unshipped: Segment[] = []
  private segment: Segment
  private shippedAt = performance.now()
  private lost = 0

  constructor(options: TrafficLogOptions) {
    this.options = options
    this.segment = this.nextSegment(1)
    this.running = this.run()
  }

  count(answerer: Answerer, outcome: Outcome, millis: number): void {
    this.fresh.add(answerer, outcome, millis)
    this.whole.add(answerer, outcome, millis)
  }

  add(record: LoggedPrediction | LoggedOutcome): void {
    if (this.freshLines.length >= MOST_WAITING || this.wholeLines.length >= MOST_WAITING) {
      this.lost += 1
      return
    }
    const line = trafficLine(record)
    this.freshLines.push(line)
    this.wholeLines.push(line)
  }

  /** Records that were lost, since the process started. */
  dropped(): number {
    return this.lost
  }

  /** Writes and ships what there is. */
  async close(): Promise<void> {
    this.closing.abort()
    await this.running
    await this.write()
    await this.ship()
  }

  private async run(): Promise<void> {
    const { signal } = this.closing
    await mkdir(this.options.folder, { recursive: true }).catch(() => {})
    while (!signal.aborted) {
      await this.write()
      if (performance.now() - this.shippedAt >= SHIP_MILLIS) await this.ship()
      await delay(JOURNAL_MILLIS, undefined, { signal }).catch(() => {})
    }
  }

  private nextSegment(n: number): Segment {
    const { service, gateway, folder } = this.options
    const atMillis = Date.now()
    return { place: { service, gateway, atMillis, n }, path: join(folder, `${atMillis}.${n}`) }
  }

  private async write(): Promise<void> {
    const text = textOf(this.freshLines, this.fresh)
    // A journal that cannot be written costs nothing yet: the segment is made of what is in memory.
    if (text !== '') await appendFile(this.segment.path, text).catch(() => {})
  }

  private async ship(): Promise<void> {
    this.shippedAt = performance.now()
    const text = textOf(this.wholeLines, this.whole)
    if (text !== '') {
      const { segment } = this
      this.segment = this.nextSegment(segment.place.n + 1)
      if (!(await this.put(segment, text))) this.unshipped.push(segment)
    }
    await this.shipOld()
  }

  /** From its journal, one at a time: a store that is back takes them a second each. */
  private async shipOld(): Promise<void> {
    while (this.unshipped.length > MOST_SEGMENTS) await this.lose(this.unshipped.shift())
    const [oldest] = this.unshipped
    if (oldest === undefined) return
    const text = await readFile(oldest.path, 'utf8').catch(() => '')
    if (text === '') await this.lose(this.unshipped.shift())
    else if (await this.put(oldest, text)) this.unshipped.shift()
  }

  private put({ place, path }: Segment, text: string): Promise<boolean> {
    return this.options.traffic.putLines(place, text).then(
      async () => {
        await rm(path, { force: true }).catch(() => {})
        return true
      },
      () => false,
    )
  }

  private async lose(segment: Segment | undefined): Promise<void> {
    if (segment === undefined) return
    const text = await readFile(segment.path, 'utf8').catch(() => '\n')
    this.lost += text.split('\n').length - 1
    await rm(segment.path, { force: true }).catch(() => {})
  }
}

function textOf(lines: string[], counts: TrafficCounts): string {
  return [...lines.splice(0), ...counts.take().map(trafficLine)].join('')
}

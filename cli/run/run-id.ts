import { randomBytes } from 'node:crypto'

/** `run:<pipeline>:<cause>`. One run at a time has the id, so the cause is what a second start of the same run is told by. */
export function runIdOf(pipeline: string, cause: string): string {
  return `run:${pipeline}:${cause}`
}

/** The cause of a run that somebody started by hand: each one differs. */
export function manualCause(now: Date): string {
  const second = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  return `${second}-${randomBytes(3).toString('hex')}`
}

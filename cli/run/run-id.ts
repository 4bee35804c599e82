import { randomBytes } from 'node:crypto'

/** The cause of a run that somebody started by hand: each one differs. */
export function manualCause(now: Date): string {
  const second = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  return `${second}-${randomBytes(3).toString('hex')}`
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One time that a step's code ran. */
export interface Effect {
  readonly name: string
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * What a task's module needs to leave a trace of each time that it runs, outside of its own folder, which is
 * `<state folder>/work/steps/<step>`: `effect('name')` appends a line to `<state folder>/effects.log`.
 */
export const EFFECT = `
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
const outside = (name: string): string => \`../../../\${name}\`
const effect = (name: string): void =>
  appendFileSync(outside('effects.log'), JSON.stringify({ name, pid: process.pid, at: Date.now() }) + '\\n')
const untilThere = async (name: string): Promise<void> => {
  while (!existsSync(outside(name))) await pause(5)
}
`

/** Every effect so far, oldest first. A line that is half-written yet is left out. */
export function effectsOf(stateFolder: string): readonly Effect[] {
  const text = readText(join(stateFolder, 'effects.log'))
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  // Written by the tasks of a test.
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Effect)
}

/** How often each step's code ran, by name. */
export function countsOf(stateFolder: string): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { name } of effectsOf(stateFolder)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries(counts)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

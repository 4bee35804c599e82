import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const WORKFLOWS = join(import.meta.dirname, '../../workflows')

/** A variable, or something that changes in place. */
const STATE = /^(?:export )?(?:let|var) |^(?:export )?const \w+[^=\n]* = new (?:Map|Set|WeakMap|WeakSet|Array)\b/m

it.each(readdirSync(WORKFLOWS))('%s keeps nothing between runs: its module is loaded once for all of them', (name) => {
  expect(readFileSync(join(WORKFLOWS, name), 'utf8')).not.toMatch(STATE)
})

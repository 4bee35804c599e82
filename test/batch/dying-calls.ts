import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

// A process that imports this dies right before the n-th call that makes or removes such a path.

/** As the test gives it, in `DIES_AT`. */
export interface Death {
  readonly call: 'linkSync' | 'unlinkSync'
  /** A part of the path that is made or removed. */
  readonly path: string
  /** From 1. */
  readonly count: number
}

// Written by the test.
const death = JSON.parse(process.env['DIES_AT'] ?? '') as Death
let count = 0

function watched<Args extends readonly unknown[]>(call: Death['call'], real: (...args: Args) => void) {
  return (...args: Args): void => {
    if (call === death.call && String(args.at(-1)).includes(death.path)) count += 1
    if (count === death.count) process.kill(process.pid, 'SIGKILL')
    real(...args)
  }
}

fs.linkSync = watched('linkSync', fs.linkSync)
fs.unlinkSync = watched('unlinkSync', fs.unlinkSync)
syncBuiltinESMExports()

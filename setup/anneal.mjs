#!/usr/bin/env node
// The `anneal` command. `--run FILE …` runs another program of this package instead.
import { installDependencies } from './dependencies.mjs'
import { giveUp, report, root } from './prepare.mjs'
import { runProgram } from './program.mjs'
import { nodeFault } from './requirements.mjs'

const [first, second, ...others] = process.argv.slice(2)
const fault = nodeFault(process.versions.node)
if (fault) giveUp(fault)
await installDependencies(root, { report }).catch((/** @type {Error} */ error) => giveUp(error.message))
if (first === '--run' && second !== undefined) await runProgram(second, others)
else await runProgram('cli/main.ts', process.argv.slice(2))

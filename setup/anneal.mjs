#!/usr/bin/env node
// The `anneal` command.
import { runProgram } from './program.mjs'

await runProgram('cli/main.ts', process.argv.slice(2))

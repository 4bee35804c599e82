// Runs a TypeScript program of this package: `node setup/run.mjs FILE …`.
import { runProgram } from './program.mjs'

const [file = '', ...parameters] = process.argv.slice(2)
await runProgram(file, parameters)

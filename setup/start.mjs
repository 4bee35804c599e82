// `npm start`: set-up, then the main job. Further arguments go to `anneal start`.
import { prepare } from './prepare.mjs'
import { runProgram } from './program.mjs'

await prepare()
await runProgram('cli/main.ts', ['start', ...process.argv.slice(2)])

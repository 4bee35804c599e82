import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { engineProgram } from '../../store/engine-program.ts'
import { TWENTY_NODES } from './twenty-nodes.ts'

/** `npm run chaos`: `anneal chaos` over the pipeline of 20 nodes and the two examples. Further arguments go to each. */
const REPOSITORY = join(import.meta.dirname, '../..')
const ALL = ['--kills', '500', '--per-run', '10']

let failed = 0
chaos(twentyNodes(), ALL)
chaos('pipelines/loan-approval.ts', ['--kills', '50', '--per-run', '5'])
run('pipelines/flight-delay/cut-days.ts', [])
chaos('pipelines/flight-delay.ts', ['--kills', '50', '--per-run', '10', '--param', 'asOf=2001-04-01T00:00:00Z'])
process.exitCode = failed > 0 ? 1 : 0

function chaos(file: string, options: readonly string[]): void {
  run('cli/main.ts', ['chaos', file, ...options, ...process.argv.slice(2)])
}

function run(program: string, parameters: readonly string[]): void {
  const [node, ...args] = engineProgram(program)
  const { status } = spawnSync(node, [...args, ...parameters], { cwd: REPOSITORY, stdio: 'inherit' })
  if (status !== 0) failed += 1
}

/** Its file, inside the project. */
function twentyNodes(): string {
  const folder = join(REPOSITORY, '.anneal/twenty-nodes')
  mkdirSync(folder, { recursive: true })
  const dsl = JSON.stringify(join(REPOSITORY, 'dsl/index.ts'))
  for (const [name, text] of Object.entries(TWENTY_NODES)) {
    writeFileSync(join(folder, name), text.replaceAll("'DSL'", dsl))
  }
  return join(folder, 'p.ts')
}

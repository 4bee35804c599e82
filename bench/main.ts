import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { flightDelay } from './batch.ts'
import { oneStepCommand } from './command.ts'
import { chain, concurrent, fanOut } from './engine.ts'
import { gateway } from './gateway.ts'
import type { Figure } from './measure.ts'
import { buildRig, buildWatchedRig, type Rig, type WatchedRig } from './rig.ts'
import { waitingRuns } from './waiting.ts'

const CASES: Readonly<Record<string, (rig: Rig) => Promise<Figure>>> = {
  // First, as it runs the most steps: the others find both workers warm.
  'fan-out-100': fanOut,
  'chain-20': chain,
  'concurrent-200x5': concurrent,
  'run-one-step': oneStepCommand,
  batch: flightDelay,
}
const WATCHED: Readonly<Record<string, (rig: WatchedRig) => Promise<Figure>>> = { 'waiting-runs': waitingRuns }
/** Without a Temporal server and workers beside them. */
const ALONE: Readonly<Record<string, () => Promise<Figure>>> = { gateway }
const RESULTS = join(import.meta.dirname, 'RESULTS.md')

/** `npm run bench [-- NAME …] [-- --json] [-- --write]`: ours against the peer in one run. */
async function main(args: readonly string[]): Promise<void> {
  const names = args.filter((arg) => !arg.startsWith('--'))
  const known = [CASES, WATCHED, ALONE].flatMap((cases) => Object.keys(cases))
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`bench: expected ${known.join(', ')}, got ${unknown.join(', ')}`)
  const isChosen = ([name]: readonly [string, unknown]): boolean => names.length === 0 || names.includes(name)
  const figures: Figure[] = []
  const tell = (figure: Figure): void => {
    figures.push(figure)
    process.stdout.write(args.includes('--json') ? `${JSON.stringify(figure)}\n` : `${text(figure)}\n`)
  }
  for (const [, measure] of Object.entries(ALONE).filter(isChosen)) tell(await measure())
  await inRig(buildRig, Object.entries(CASES).filter(isChosen), tell)
  await inRig(buildWatchedRig, Object.entries(WATCHED).filter(isChosen), tell)
  if (args.includes('--write'))
    record(figures, ['npm run bench', ...(names.length > 0 ? ['--'] : []), ...names].join(' '))
}

async function inRig<Built extends Rig>(
  build: () => Promise<Built>,
  chosen: readonly (readonly [string, (rig: Built) => Promise<Figure>])[],
  tell: (figure: Figure) => void,
): Promise<void> {
  if (chosen.length === 0) return
  const rig = await build()
  try {
    for (const [, measure] of chosen) tell(await measure(rig))
  } finally {
    await rig.close()
  }
}

function text(figure: Figure): string {
  return [row(figure), ...(figure.details ?? []).map((line) => `  ${line}`)].join('\n')
}

function row(figure: Figure): string {
  const [ours, peer, ratio] = [figure.ours, figure.peer, figure.ratio].map((value) => value.toPrecision(3))
  return `| ${figure.case} | ${ours} | ${peer} | ${figure.unit} | ${ratio} | ${figure.bound} |`
}

function record(figures: readonly Figure[], command: string): void {
  const [cpu] = cpus()
  const machine = `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  const heading = `\n## ${new Date().toISOString().slice(0, 10)}, \`${command}\`\n\n${machine}\n`
  const table = [
    '| case | ours | peer | unit | ratio | bound |',
    '|---|---|---|---|---|---|',
    ...figures.map(row),
  ].join('\n')
  const details = figures.flatMap(({ case: name, details: lines = [] }) => lines.map((line) => `- ${name}, ${line}`))
  const beneath = details.length === 0 ? '' : `\n${details.join('\n')}\n`
  writeFileSync(RESULTS, `${readFileSync(RESULTS, 'utf8').trimEnd()}\n${heading}\n${table}\n${beneath}`)
}

await main(process.argv.slice(2))

import { type Command, InvalidArgumentError } from 'commander'
import { collect } from '../collect.ts'
import { share } from '../share.ts'
import type { ChaosOptions } from './chaos-command.ts'
import { TARGETS, type Target } from './moments.ts'

export function addChaosCommand(program: Command): void {
  program
    .command('chaos')
    .argument('<file>', 'pipeline file')
    .description(
      'run a pipeline again and again while worker, children and server are killed, and compare what is left',
    )
    .option('--kills <count>', 'how many kills', count, 20)
    .option('--per-run <count>', 'how many of them befall one run', count, 1)
    .option('--seed <number>', 'draws the moments; by default another one each time', whole)
    .option('--target <list>', `what is killed in turn, of ${TARGETS.join(',')}`, targets, TARGETS)
    .option('--sample <share>', 'share of the rows of each source (default: all)', share)
    .option('--param <name=value>', 'a parameter of the run; may be repeated', collect, [])
    .option('--at-once <count>', 'how many runs go on at once (default: one a core)', count)
    .option('--json', 'the report as one line of JSON')
    .action(async (file: string, options: ChaosOptions) => {
      const { chaosCommand } = await import('./chaos-command.ts')
      process.exitCode = await chaosCommand(file, options)
    })
}

function targets(text: string): readonly Target[] {
  const named = TARGETS.filter((target) => text.split(',').includes(target))
  if (named.length > 0 && named.length === text.split(',').length) return named
  throw new InvalidArgumentError(`expected some of ${TARGETS.join(',')}`)
}

function count(text: string): number {
  const value = whole(text)
  if (value > 0 && value <= 100_000) return value
  throw new InvalidArgumentError('expected a whole number from 1 to 100000')
}

function whole(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw new InvalidArgumentError('expected a whole number')
}

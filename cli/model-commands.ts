import type { Command } from 'commander'

interface Json {
  readonly json?: boolean
}

/** Commands about what runs have made: models and datasets. */
export function addModelCommands(program: Command): void {
  const models = program
    .command('models')
    .description('list the models of the registry, with the latest metrics of each')
    .option('--json', 'as one line of JSON')
    .action(async (options: Json) => {
      const { listCommand } = await import('./models/list-command.ts')
      await listCommand(options)
    })
  models
    .command('show')
    .argument('<name[@version]>', 'a model; without a version the latest one')
    .description('tell how good a version is, what it was made of and who signed it')
    .option('--json', 'as one line of JSON')
    .action(async (name: string, _: Json, command: Command) => {
      const { showCommand } = await import('./models/show-command.ts')
      await showCommand(name, jsonOf(command))
    })
  models
    .command('card')
    .argument('<name[@version]>', 'a model; without a version the latest one')
    .description('write a page of HTML with all that is recorded of a version, for whoever has to answer for it')
    .option('--out <file>', 'where to write it; by default to stdout')
    .action(async (name: string, options: { readonly out?: string }) => {
      const { cardCommand } = await import('./models/card-command.ts')
      await cardCommand(name, options)
    })
  models
    .command('export')
    .argument('<name[@version]>', 'a model; without a version the latest one')
    .argument('<folder>', 'a folder that is not there or empty')
    .description('write a version and its signature (OpenSSF Model Signing) to a folder')
    .option('--json', 'as one line of JSON')
    .action(async (name: string, folder: string, _: Json, command: Command) => {
      const { exportCommand } = await import('./models/export-command.ts')
      await exportCommand(name, { ...jsonOf(command), folder })
    })
  program
    .command('verify')
    .argument(
      '[name[@version] | folder]',
      'a model, or an exported folder (with a `/` in its path); by default all models',
    )
    .description('check that models are those that were signed: entries, signatures, every byte of every file')
    .option('--key <file>', 'a public key that counts as trusted, besides those in the keys folder')
    .option('--json', 'as one line of JSON')
    .action(async (what: string | undefined, options: Json & { readonly key?: string }) => {
      const { verifyCommand } = await import('./models/verify-command.ts')
      process.exitCode = await verifyCommand(what, options)
    })
  program
    .command('datasets')
    .description('list what was read of each source, the latest of each')
    .option('--json', 'as one line of JSON')
    .action(async (options: Json) => {
      const { datasetsCommand } = await import('./models/datasets-command.ts')
      await datasetsCommand(options)
    })
}

/** Wherever it stands, commander takes it for one of `models`. */
function jsonOf(command: Command): Json {
  const { json = false } = command.optsWithGlobals<Json>()
  return { json }
}

import { type Command, InvalidArgumentError } from 'commander'
import type { DecideFlags } from './approvals/decide-command.ts'
import { collect } from './collect.ts'

interface Json {
  readonly json?: boolean
}

/** Commands about who may decide, what was decided, and what was written down of it. */
export function addApprovalCommands(program: Command): void {
  addDecisions(program)
  addApprovers(program)
  addAudit(program)
}

function addDecisions(program: Command): void {
  for (const decision of ['approve', 'reject'] as const) {
    program
      .command(decision)
      .argument('<run>', 'id of a run that waits for approval')
      .description(`show what is decided on, and ${decision} it by a signed decision`)
      .requiredOption('--as <person>', 'who decides')
      .option('--key <file>', 'the private key of --as; by default the one in the keys folder')
      .option('--comment <text>', 'why; kept with the decision')
      .option('--expires <duration>', 'for how long it may be sent: 90s, 10m, 2h', duration, 10 * 60_000)
      .option('--yes', 'do not ask')
      .option('--print', 'print the signed envelope instead of sending it')
      .option('--json', 'as one line of JSON')
      .action(async (run: string, flags: DecideFlags) => {
        const { decideCommand } = await import('./approvals/decide-command.ts')
        process.exitCode = await decideCommand(run, { ...flags, decision })
      })
  }
}

function addApprovers(program: Command): void {
  const approver = program.command('approver').description('say whose decisions count')
  approver
    .command('enroll')
    .argument('<person>', 'a name that stands in histories: nothing personal')
    .description('have a key of a person count, in these roles')
    .requiredOption('--role <role>', 'may be repeated', collect, [])
    .option('--public-key <file>', 'of a key that the person has; by default one is made in the keys folder')
    .action(async (person: string, flags: { readonly role: readonly string[]; readonly publicKey?: string }) => {
      const { enrolCommand } = await import('./approvals/approver-command.ts')
      await enrolCommand(person, flags)
    })
  approver
    .command('revoke')
    .argument('<person>', 'somebody who is enrolled')
    .description('have the keys of a person count no longer; what was decided by them before stands')
    .requiredOption('--reason <text>', 'why')
    .action(async (person: string, flags: { readonly reason: string }) => {
      const { revokeCommand } = await import('./approvals/approver-command.ts')
      await revokeCommand(person, flags)
    })
  approver
    .command('list')
    .description('list who is enrolled')
    .option('--json', 'as one line of JSON')
    .action(async (flags: Json) => {
      const { approversCommand } = await import('./approvals/approver-command.ts')
      await approversCommand(flags)
    })
}

function addAudit(program: Command): void {
  const audit = program.command('audit').description('look into what was written down, and check it')
  audit
    .command('list')
    .argument('[chain]', 'such as service:flight-delay; without it the chains are listed')
    .description('list what was written down')
    .option('--json', 'as one line of JSON')
    .action(async (chain: string | undefined, flags: Json) => {
      const { auditListCommand } = await import('./approvals/audit-command.ts')
      await auditListCommand(chain, flags)
    })
  audit
    .command('verify')
    .description('check every entry of every chain, and that none is gone')
    .option('--head <number:digest>', 'what `anneal audit head` had printed: it has to be there still')
    .option('--from <folder>', 'what `anneal audit export` has written; default the store of this project')
    .option('--json', 'as one line of JSON')
    .action(async (flags: Json & { readonly head?: string; readonly from?: string }) => {
      const { auditVerifyCommand } = await import('./approvals/audit-command.ts')
      process.exitCode = await auditVerifyCommand(flags)
    })
  audit
    .command('export')
    .argument('<folder>', 'one that is empty, or not there')
    .description('write all chains and the trusted keys to a folder, to be checked without this store')
    .action(async (folder: string) => {
      const { auditExportCommand } = await import('./approvals/audit-command.ts')
      await auditExportCommand(folder)
    })
  audit
    .command('head')
    .description('print the newest entry of the root chain, to be kept elsewhere')
    .action(async () => {
      const { auditHeadCommand } = await import('./approvals/audit-command.ts')
      await auditHeadCommand()
    })
  audit
    .command('seal')
    .description('sign the heads of all chains')
    .action(async () => {
      const { auditSealCommand } = await import('./approvals/audit-command.ts')
      await auditSealCommand()
    })
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** In milliseconds. */
function duration(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? []
  const millis = Number(count) * (UNITS[unit] ?? Number.NaN)
  if (Number.isFinite(millis)) return millis
  throw new InvalidArgumentError('expected a whole number with s, m, h or d')
}

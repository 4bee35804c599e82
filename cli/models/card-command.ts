import { writeFile } from 'node:fs/promises'
import { loadSettings } from '../../config/settings.ts'
import { cardPage } from '../../console/card-page.ts'
import type { ModelCard } from '../../console/model-card.ts'
import type { Plan } from '../../dsl/plan.ts'
import { requestAbout } from '../../store/approval-request.ts'
import { audit } from '../../store/audit.ts'
import { errnoOf } from '../../store/errors.ts'
import { nameOf, type ModelVersion } from '../../store/model-version.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { trusted } from '../../store/signing/keys.ts'
import { readTally } from '../../store/record-decision.ts'
import { CliError } from '../errors.ts'
import { registryOf, requireModel, type RegistryStore } from './registry-of.ts'
import { shownModel } from './show-command.ts'

/**
 * `anneal models card NAME[@VERSION]`: a page of all that is recorded of a version, on stdout or in a file, which is
 * replaced. Says nothing that no trusted key has signed. Throws `usage`, `model-unknown`, `not-verified`.
 */
export async function cardCommand(name: string, { out }: { readonly out?: string }): Promise<void> {
  const settings = loadSettings()
  const store = registryOf(settings)
  const version = await requireModel(store.models, name)
  const { training, signedBy, evidence } = await shownModel(store, { settings, version })
  const plan = await planOf(store, version)
  const approval = await approvalOf(store, version, await trusted(settings.keys))
  const page = cardPage({ version, training, signedBy, evidence, plan, approval })
  if (out === undefined) {
    process.stdout.write(`${page}\n`)
    return
  }
  await writeFile(out, page).catch((cause: unknown) => {
    throw notWritten(out, cause)
  })
  process.stdout.write(`wrote the card of ${nameOf(version)} to ${out}\n`)
}

/** The version's signed entry names it by its digest, which is checked: these are the bytes of a Plan. */
async function planOf({ artifacts }: RegistryStore, { plan }: ModelVersion): Promise<Plan> {
  return JSON.parse(Buffer.from(await artifacts.get(plan)).toString('utf8')) as Plan
}

async function approvalOf(
  { objects }: RegistryStore,
  version: ModelVersion,
  keys: TrustedKeys,
): Promise<ModelCard['approval']> {
  const log = audit(objects)
  const request = await requestAbout(log, { version, keys })
  return request && { request, tally: await readTally(log, { request, keys }) }
}

function notWritten(out: string, cause: unknown): CliError {
  return new CliError('usage', {
    message: `--out: "${out}" cannot be written`,
    expected: 'a file in a folder that is there',
    got: errnoOf(cause) ?? 'an unknown error',
    remedy: 'name another file',
    cause,
  })
}

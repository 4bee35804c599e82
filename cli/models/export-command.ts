import { resolve } from 'node:path'
import { loadSettings } from '../../config/settings.ts'
import { StoreError } from '../../store/errors.ts'
import { exportModel } from '../../store/export-model.ts'
import { nameOf } from '../../store/model-version.ts'
import { trusted } from '../../store/signing/keys.ts'
import { CliError } from '../errors.ts'
import { registryOf, requireModel } from './registry-of.ts'

export interface ExportFlags {
  readonly folder: string
  readonly json?: boolean
}

/** `anneal models export NAME[@VERSION] DIR`. Throws `usage`, `model-unknown`, `export-refused`. */
export async function exportCommand(name: string, { folder, json = false }: ExportFlags): Promise<void> {
  const settings = loadSettings()
  const { models, artifacts } = registryOf(settings)
  const version = await requireModel(models, name)
  const keys = await trusted(settings.keys)
  await exportModel(version, resolve(folder), { artifacts, keys }).catch((error: unknown) => {
    throw error instanceof StoreError && error.code === 'export-refused' ? refused(error) : error
  })
  const files = version.files.length
  const { model, version: number } = version
  const told = `exported ${nameOf(version)}, ${files} ${files === 1 ? 'file' : 'files'}, to ${folder}`
  process.stdout.write(json ? `${JSON.stringify({ model, version: number, folder: resolve(folder) })}\n` : `${told}\n`)
}

/** `…; what to do` */
function refused(cause: StoreError): CliError {
  const [message = '', remedy = ''] = cause.message.split('; ')
  return new CliError('export-refused', { message, remedy, cause })
}

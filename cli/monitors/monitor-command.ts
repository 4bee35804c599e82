import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadSettings } from '../../config/settings.ts'
import { servicePage } from '../../console/service-page.ts'
import { MOST_WINDOWS } from '../../console/service-pages.ts'
import { serviceFacts } from '../../console/service-facts.ts'
import { serviceReader, type ServiceReader, type ServiceRecords } from '../../console/service-records.ts'
import { openStore } from '../../store/open-store.ts'
import { trusted } from '../../store/signing/keys.ts'
import { wantsColour } from '../colour.ts'
import { CliError } from '../errors.ts'
import { monitorText } from './monitor-text.ts'
import { overviewText } from './overview-text.ts'

export interface MonitorFlags {
  /** How many windows. */
  readonly last: number
  /** Where to write the service's page. */
  readonly page?: string
  readonly json?: boolean
}

const ALERT_STANDS = 1
/** Of a line where nobody's terminal says. */
const WIDTH = 100

/**
 * `anneal monitor [SERVICE]`: what monitors found, from the store only. Answers the exit code: 1 where an alert stands.
 * Throws `usage`, `service-unknown`, StoreError `store-corrupt`.
 */
export async function monitorCommand(service: string | undefined, flags: MonitorFlags): Promise<number> {
  const settings = loadSettings()
  const reader = serviceReader({ objects: openStore(settings.store).objects, keys: () => trusted(settings.keys) })
  const options = { colour: wantsColour(process.stdout), width: process.stdout.columns || WIDTH, last: flags.last }
  if (service === undefined) {
    if (flags.page !== undefined) throw pageOfAll()
    const all = await everyService(reader)
    process.stdout.write(
      `${flags.json === true ? JSON.stringify(all.map((records) => found(records, flags))) : overviewText(all, options)}\n`,
    )
    return exitCode(all)
  }
  // All of them: how long an alert has stood is older than the windows that are shown.
  const records = (await reader.read(service, { windows: MOST_WINDOWS })) ?? unknown(service)
  if (flags.page !== undefined) await writeFile(resolve(flags.page), servicePage(records))
  process.stdout.write(
    `${flags.json === true ? JSON.stringify(found(records, flags)) : monitorText(records, options)}\n`,
  )
  if (flags.page !== undefined) process.stderr.write(`wrote ${flags.page}\n`)
  return exitCode([records])
}

async function everyService(reader: ServiceReader): Promise<readonly ServiceRecords[]> {
  const all = await Promise.all((await reader.names()).map((name) => reader.read(name, { windows: 1 })))
  return all.filter((records) => records !== undefined)
}

function exitCode(all: readonly ServiceRecords[]): number {
  return all.some((records) => serviceFacts(records).state === 'alert') ? ALERT_STANDS : 0
}

function found(records: ServiceRecords, flags: MonitorFlags): object {
  const { generation, last: _, ...facts } = serviceFacts(records)
  const told = records.entries.filter(({ kind }) => kind === 'alert' || kind === 'retrain')
  return {
    service: records.service,
    ...facts,
    generation: generation.generation,
    windows: records.windows.slice(-flags.last),
    entries: told,
  }
}

function unknown(service: string): never {
  throw new CliError('service-unknown', {
    message: `service "${service}" is not known`,
    expected: 'a service that a run has put a model into',
    got: `"${service}"`,
    remedy: 'list the services with `anneal monitor`, or run a pipeline with `canary` for it',
  })
}

function pageOfAll(): CliError {
  return new CliError('usage', {
    message: '--page: expected a service to write the page of, got none',
    remedy: 'name one: `anneal monitor SERVICE --page FILE`',
  })
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings } from '../../config/settings.ts'
import { skewsOf, type Skew } from '../../features/parity.ts'
import type { Served } from '../../store/generation.ts'
import { openStore, type OpenStore } from '../../store/open-store.ts'
import { trusted } from '../../store/signing/keys.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { skewLine } from '../run/verdict-text.ts'
import { askingGateway, type Serve } from './asking-gateway.ts'
import { readingFiles } from './reading-files.ts'
import { requireService } from './service-view.ts'
import { trainedExamples, type TrainedExamples } from './trained-examples.ts'
import { examplesOf } from './trained-rows.ts'

export interface ParityOptions {
  readonly rows: number
  readonly gateway?: string
  readonly json?: boolean
}

/** Of one version that the service answers by. */
interface Compared {
  readonly model: string
  readonly version: number
  readonly compared: number
  readonly skews: readonly Skew[]
}

/**
 * `anneal parity SERVICE`: computes rows that the models in service were trained on as they are served, and compares each
 * feature at float32. Answers the exit code: 1 where one differs.
 * Throws `service-unknown`, `not-verified`, `not-comparable`, `gateway-failed`.
 */
export async function parityCommand(service: string, options: ParityOptions): Promise<number> {
  const settings = loadSettings()
  const store = openStore(settings.store)
  const keys = await trusted(settings.keys)
  const { state } = await requireService({ store, keys }, service)
  const found: Compared[] = []
  for (const served of [state.stable, state.candidate]) {
    if (served !== null)
      found.push(await inFolder((folder) => compare({ service, served, store, keys, folder, options })))
  }
  const text = options.json === true ? JSON.stringify({ service, versions: found }) : found.map(comparedText).join('\n')
  process.stdout.write(`${text}\n`)
  return found.some(({ skews }) => skews.length > 0) ? 1 : 0
}

interface Comparing {
  readonly service: string
  readonly served: Served
  readonly store: OpenStore
  readonly keys: TrustedKeys
  /** Files of the version go here. */
  readonly folder: string
  readonly options: ParityOptions
}

async function compare({ service, served, store, keys, folder, options }: Comparing): Promise<Compared> {
  const examples = await trainedExamples(store, { served, keys })
  const samples = await examplesOf(examples, { store, folder, rows: options.rows })
  const { serve, close } = await serving(examples, { service, served, store, folder, options })
  try {
    const skews = skewsOf(samples, await serve(samples.map(({ row }) => row)))
    return { model: served.model, version: served.version, compared: samples.length, skews }
  } finally {
    close()
  }
}

async function serving(
  examples: TrainedExamples,
  { service, served, store, folder, options }: Omit<Comparing, 'keys'>,
): Promise<{ readonly serve: Serve; readonly close: () => void }> {
  const { gateway } = options
  return gateway === undefined
    ? readingFiles(examples, { served, store, folder })
    : { serve: askingGateway(examples, { service, served, gateway }), close: () => {} }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'anneal-parity-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function comparedText({ model, version, compared, skews }: Compared): string {
  if (skews.length === 0)
    return `${model}@${version}: every feature of ${compared} rows is what the model was trained on`
  return [`${model}@${version}: ${skews.length} features differ`, ...skews.map(skewLine)].join('\n')
}

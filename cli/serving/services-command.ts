import { loadSettings } from '../../config/settings.ts'
import { openStore } from '../../store/open-store.ts'
import { services } from '../../store/services.ts'
import { trusted } from '../../store/signing/keys.ts'
import { paint, wantsColour } from '../colour.ts'
import { shortTime } from '../models/table.ts'
import { serviceView, type ServiceView } from './service-view.ts'

/** `anneal services [NAME]`: what each service answers by. Reads the store only. Throws `service-unknown`, `not-verified`. */
export async function servicesCommand(
  name: string | undefined,
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  const settings = loadSettings()
  const reader = { store: openStore(settings.store), keys: await trusted(settings.keys) }
  const chain = services(reader.store.objects)
  const names = name === undefined ? await withState(chain) : [name]
  const views: ServiceView[] = []
  for (const service of names) views.push(await serviceView(reader, service))
  const text = json ? JSON.stringify(views) : servicesText(views, { colour: wantsColour(process.stdout) })
  process.stdout.write(`${text}\n`)
}

/** One whose writer died before its first generation is none yet. */
async function withState(chain: ReturnType<typeof services>): Promise<readonly string[]> {
  const names = await chain.names()
  const heads = await Promise.all(names.map((service) => chain.head(service)))
  return names.filter((_, index) => heads[index] !== 0)
}

function servicesText(views: readonly ServiceView[], options: { readonly colour: boolean }): string {
  if (views.length === 0) return 'no services yet: run a pipeline with `canary`'
  return views.map((view) => linesOf(view, options).join('\n')).join('\n\n')
}

function linesOf(view: ServiceView, { colour }: { readonly colour: boolean }): readonly string[] {
  const { service, stable, candidate, lease, gateways, generation, changed, canary } = view
  const rows: readonly (readonly [string, string])[] = [
    ['stable', stable ?? 'none yet'],
    ...(candidate === null ? [] : [['candidate', `${candidate.version} at ${100 * candidate.share} %`] as const]),
    ...(lease === null ? [] : [['lease', lease.lapsed ? `ran out ${lease.until}` : `until ${lease.until}`] as const]),
    ...(canary === null ? [] : [['canary', canary] as const]),
    ['generation', `${generation}, ${changed.cause} ${shortTime(changed.at)} by ${changed.by}`],
    ['gateways', gateways.length === 0 ? 'none: start one with `anneal serve`' : `${gateways.length}`],
    ...gateways.map(gatewayRow),
  ]
  return [paint('cyan', service, { colour }), ...rows.map(([title, text]) => `  ${title.padEnd(11)}${text}`)]
}

function gatewayRow({
  gateway,
  address,
  generation,
  refused,
}: ServiceView['gateways'][number]): readonly [string, string] {
  const why = refused === null ? '' : `, refuses ${refused.generation}: ${refused.reason}`
  return ['', `${gateway} at ${address}, generation ${generation}${why}`]
}

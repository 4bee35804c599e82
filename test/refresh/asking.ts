import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askingGateway } from '../../cli/serving/asking-gateway.ts'
import { examplesOf } from '../../cli/serving/trained-rows.ts'
import { readJson } from '../../activities/order.ts'
import type { Plan } from '../../dsl/plan.ts'
import { microsOf } from '../../features/instant.ts'
import { skewsOf, type Skew, type TableSample } from '../../features/parity.ts'
import type { Outputs } from '../batch/flights-rig.ts'
import { SERVICE, type RefreshRig } from './refresh-rig.ts'

/** Rows of a feature table, half of them the newest, with what a request for each would bring. */
export async function rowsOf(rig: RefreshRig, featured: Outputs['features'], rows: number): Promise<Asked> {
  const { stable } = (await rig.newest()).state
  if (stable === null) throw new Error('service: expected a stable version, got none')
  const { store } = rig.project
  const { operation } = await readJson<Plan>(store.artifacts, stable.plan)
  const { spec, datasets } = featured.input
  const { flights: dataset } = datasets
  if (dataset === undefined) throw new Error('features: expected the dataset of flights, got none')
  const table = { digest: featured.table.file.$file, rows: featured.table.rows }
  const examples = { spec, contracts: operation.contracts, dataset, table }
  const folder = await mkdtemp(join(tmpdir(), 'anneal-refresh-'))
  try {
    const samples = await examplesOf(examples, { store, folder, rows })
    return {
      samples,
      skews: async (address, chosen) => {
        const serve = askingGateway(examples, { service: SERVICE, served: stable, gateway: address })
        return skewsOf(chosen, await serve(chosen.map(({ row }) => row)))
      },
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export interface Asked {
  readonly samples: readonly TableSample[]
  /** Features of these rows that the gateway's stable version has otherwise. */
  readonly skews: (address: string, chosen: readonly TableSample[]) => Promise<readonly Skew[]>
}

/** Those of [from, to): ISO 8601. */
export function between(samples: readonly TableSample[], from: string, to: string): readonly TableSample[] {
  return samples.filter(
    ({ row }) => Number(row['date']) >= Number(microsOf(from)) && Number(row['date']) < Number(microsOf(to)),
  )
}

import type { Dataset } from '../data/dataset.ts'
import type { FeaturesSpec, PastContract } from '../dsl/lifecycle/nodes.ts'
import { FeaturesError } from './errors.ts'
import type { ReadContract } from './read-contract.ts'

/** The plan's contracts with the types that their datasets have: an integer column needs no declared decimals. */
export function readContracts(
  { contracts }: Pick<FeaturesSpec, 'contracts'>,
  datasets: Readonly<Record<string, Dataset>>,
): readonly ReadContract[] {
  return contracts.map((contract) => stored(contract, datasets[contract.name]))
}

function stored(contract: PastContract, dataset: Dataset | undefined): ReadContract {
  const { name, time, outcomesKnownAfterMillis, columns } = contract
  return {
    name,
    time,
    outcomesKnownAfterMillis,
    columns: columns.map(({ name: column, outcome, decimals }) => {
      const found = dataset?.columns.find((candidate) => candidate.name === column)
      if (found !== undefined) return { name: column, type: found.type, outcome, decimals }
      throw new FeaturesError('unknown-column', `dataset "${name}": expected the column "${column}", got none`)
    }),
  }
}

import { jsonSchemaOf } from '../json-schema.ts'
import type { Pipeline } from '../pipeline.ts'
import type { ContractSpec, Operation, RetentionSpec } from '../plan.ts'
import { contractsOf } from './lifecycle.ts'
import { millis } from './model-nodes.ts'
import { scheduleSpec } from './monitor-spec.ts'
import type { Retention } from './stage-policy.ts'

/** Throws `schema` where JSON Schema cannot say a trigger's payload. */
export function operationOf({ lifecycle, operation }: Pipeline): Operation {
  const { schedule, triggers = {}, retention, costCap } = operation
  return {
    schedule: schedule === undefined ? null : scheduleSpec(schedule),
    triggers: Object.fromEntries(
      Object.entries(triggers).map(([name, { payload }]) => [name, jsonSchemaOf(payload, 'input')]),
    ),
    retention: retention === undefined ? null : retentionSpec(retention),
    costCap: costCap === undefined ? null : { cpuHours: costCap.cpuHours, gpuHours: costCap.gpuHours ?? 0 },
    contracts: lifecycle === undefined ? [] : contractsOf(lifecycle).map(contractSpec),
  }
}

function retentionSpec({ artifacts, predictions, reports }: Retention): RetentionSpec {
  return { artifactsMillis: millis(artifacts), predictionsMillis: millis(predictions), reportsMillis: millis(reports) }
}

function contractSpec({ name, key, time, outcomesKnownAfterMillis, columns, schema }: ContractSpec): ContractSpec {
  return { name, key, time, outcomesKnownAfterMillis, columns, schema }
}

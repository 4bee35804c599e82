import type { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'

/** By which runs are found in Temporal; all keywords, never personal data. */
export const SEARCH_ATTRIBUTES = [
  'AnnealPipeline',
  'AnnealStage',
  'AnnealModel',
  'AnnealModelDigest',
  'AnnealVerdict',
  'AnnealAwaiting',
] as const

const RETENTION_SECONDS = 30 * 24 * 60 * 60

/** Sets how long a closed run's history is kept to 30 days: a development server's own default is one day. */
export async function keepHistories({ workflowService }: Connection, namespace: string): Promise<void> {
  const retention = proto.temporal.api.namespace.v1.NamespaceConfig.fromObject({
    workflowExecutionRetentionTtl: { seconds: RETENTION_SECONDS },
  })
  await workflowService.updateNamespace({ namespace, config: retention })
}

/** The attributes of ours that the namespace lacks. */
export async function missingSearchAttributes(
  { operatorService }: Connection,
  namespace: string,
): Promise<readonly string[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
  return SEARCH_ATTRIBUTES.filter((name) => !(name in (customAttributes ?? {})))
}

/** Registers those of our search attributes that are not there. Answers their names. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<readonly string[]> {
  const missing = await missingSearchAttributes(connection, namespace)
  if (missing.length === 0) return []
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, keyword]))
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes })
  return missing
}

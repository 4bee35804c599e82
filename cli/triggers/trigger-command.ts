import { existsSync } from 'node:fs'
import type { Client } from '@temporalio/client'
import { loadSettings, type Settings } from '../../config/settings.ts'
import type { Plan } from '../../dsl/plan.ts'
import { appendAppliedPlan, readAppliedPlan } from '../../store/applied-plans.ts'
import { openStore } from '../../store/open-store.ts'
import { CliError } from '../errors.ts'
import { prepare } from '../pipeline-file/prepare.ts'
import { requireWritable } from '../require-writable.ts'
import { requireWorkers } from '../run/require-workers.ts'
import { manualCause } from '../run/run-id.ts'
import { connectClient } from '../run/temporal-client.ts'
import { listenTo, sendTrigger } from './send-trigger.ts'
import { payloadIn } from './payload.ts'
import { statusText, treatedText } from './trigger-text.ts'

export interface TriggerFlags {
  /** JSON. */
  readonly payload: string
  readonly id?: string
  readonly json?: boolean
}

/**
 * `anneal trigger PIPELINE [NAME]`: has the workflow that listens to the pipeline's triggers start a run, or tells what it
 * has done. Throws `trigger-refused`, `not-applied`, `no-triggers`; given a file, what `anneal run` throws.
 */
export async function triggerCommand(
  target: string,
  name: string | undefined,
  { payload: given, id, json = false }: TriggerFlags,
): Promise<void> {
  const settings = loadSettings()
  const payload = payloadIn(given)
  const client = await connectClient(settings)
  try {
    const { pipeline, operation } = await appliedPlan(target, { client, settings })
    const listener = { client, pipeline, taskQueue: settings.queue }
    if (name === undefined) {
      const status = await listenTo(listener)
      const known = Object.keys(operation.triggers)
      write(json ? JSON.stringify({ ...status, triggers: known }) : statusText(status, known))
      return
    }
    const treated = await sendTrigger(listener, { name, id: id ?? manualCause(new Date()), payload })
    write(json ? JSON.stringify(treated) : treatedText(treated))
  } finally {
    await client.connection.close()
  }
}

interface Desk {
  readonly client: Client
  readonly settings: Settings
}

async function appliedPlan(target: string, { client, settings }: Desk): Promise<Plan> {
  const store = openStore(settings.store)
  const require = async (plan: Plan): Promise<void> => {
    requireTriggers(plan)
    await requireWorkers(client, plan, { base: settings.queue })
  }
  if (isFile(target)) {
    await requireWritable(settings)
    const approve = (draft: Plan): Promise<void> => {
      return require(draft)
    }
    const prepared = await prepare(target, { settings, store, approve })
    await appendAppliedPlan(store.objects, prepared)
    return prepared.plan
  }
  const applied = await readAppliedPlan(store, target)
  if (applied === undefined) throw notApplied(target)
  await require(applied.plan)
  return applied.plan
}

/** A pipeline's name has neither a dot nor a slash. */
function isFile(target: string): boolean {
  return /[./\\]/.test(target) || existsSync(target)
}

function requireTriggers({ pipeline, operation }: Plan): void {
  if (Object.keys(operation.triggers).length > 0) return
  throw new CliError('no-triggers', {
    message: `pipeline "${pipeline}" declares no triggers`,
    expected: 'triggers: { name: trigger(z.object({ … })) } in the pipeline',
    got: 'none',
    remedy: 'add one, or start a run with `anneal run`',
  })
}

function notApplied(pipeline: string): CliError {
  return new CliError('not-applied', {
    message: `pipeline "${pipeline}" is not known`,
    expected: 'a pipeline file, or a pipeline that was run',
    got: `"${pipeline}"`,
    remedy: 'give the file',
  })
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}

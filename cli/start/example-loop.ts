import type { Client } from '@temporalio/client'
import { monitorIdOf } from '../../activities/monitor/monitored.ts'
import { loadSettings } from '../../config/settings.ts'
import type { Clock } from '../../store/generation.ts'
import { createKey } from '../../store/signing/keys.ts'
import { startDev, type DevHandle } from '../dev/start-dev.ts'
import { runFile } from '../run/run-command.ts'
import { runIdOf } from '../../activities/order.ts'
import { connectClient } from '../run/temporal-client.ts'
import { expectFree, freePort } from '../temporal-server.ts'
import { askApproval } from './ask-approval.ts'
import { cutDays } from './days.ts'
import { EXAMPLE } from './example.ts'
import { AUTHOR, demoApprover, enrolDemoPeople } from './people.ts'
import { startReplay, type Replay } from './replay-process.ts'
import { serviceClock, settleClock } from './service-clock.ts'
import type { StartOptions } from './start-command.ts'
import { machineryRows, shown } from './staying-up.ts'
import { untilAsked } from '../until-asked.ts'
import { loopSummary } from './summary.ts'
import { tell } from './tell.ts'
import { watchLoop } from './watch-loop.ts'

const GATEWAY_PORT = 8080
/** Of event time: what waits for a moment under load is days late by the scaled clock. */
const MAX_SKEW = '2 days'

/**
 * The whole lifecycle of the example: a first model, approved and served; then traffic, watched, and what comes of it, up
 * to the replay's end. Goes on where an earlier start was, however that ended. Answers the exit code.
 */
export async function exampleLoop({ once = false, until = EXAMPLE.end }: StartOptions): Promise<number> {
  const began = performance.now()
  await cutDays()
  await createKey(loadSettings().keys)
  await enrolDemoPeople([AUTHOR, demoApprover(EXAMPLE.role)])
  // Before a worker looks: what nobody was there for did not happen.
  await settleClock(until)
  const port = await gatewayPort()
  const dev = await startDev(loadSettings(), { report: tell, gateway: { port, maxSkew: MAX_SKEW } })
  const client = await connectClient(loadSettings())
  let replay: Replay | undefined
  try {
    const code = await firstModel(client, { once })
    if (code !== 0) return code
    tell(`\nserving after ${seconds(began)}${shown(placeRows(dev))}\n`)
    replay = startReplay({ gateway: dev.gatewayUrl ?? '', clock: await clockFrom(client, until) })
    const watch = watchLoop(client, { unattended: once, until })
    const asked = untilAsked()
    await Promise.race([replay.failed, watch.through(), asked])
    await watch.stop()
    const summary = await loopSummary(client, { dev, replay, until, seconds: seconds(began) })
    tell(summary.text)
    await replay.stop()
    if (once) return summary.isWhole ? 0 : 1
    // What follows has all the time there is.
    await clockFrom(client, until)
    await asked
    return 0
  } finally {
    await replay?.stop().catch(() => {})
    await client.connection.close()
    await dev.stop()
  }
}

/** Run anew only where there is none in service and none under way. */
async function firstModel(client: Client, { once }: { readonly once: boolean }): Promise<number> {
  const { file, asOf, cause, name, role } = EXAMPLE
  const run = runIdOf(name, cause)
  const isGoing = await client.workflow
    .getHandle(run)
    .describe()
    .then(
      ({ status }) => status.name === 'RUNNING',
      () => false,
    )
  if (!isGoing && (await serviceClock()) !== undefined) return 0
  const attend = (): Promise<void> => askApproval(run, { approvers: [demoApprover(role)], unattended: once })
  // Time stands nearly still until there is something to send requests to.
  const options = { param: [`asOf=${asOf}`], cause, speed: 1, as: AUTHOR.person, attend }
  return runFile(file, { settings: loadSettings(), options })
}

/** By which event time goes on from here. The monitor is told, as it waits by the old one. */
async function clockFrom(client: Client, until: string): Promise<Clock> {
  const clock = await settleClock(until)
  if (clock === undefined) throw new Error('service: expected a model in service, got none')
  const monitor = client.workflow.getHandle(monitorIdOf(EXAMPLE.name))
  await monitor.signal('wake').catch(() => {})
  return clock
}

/** The usual one where it is free. */
function gatewayPort(): Promise<number> {
  return expectFree(GATEWAY_PORT).then(() => GATEWAY_PORT, freePort)
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(0)} s`
}

function placeRows(dev: DevHandle): ReturnType<typeof machineryRows> {
  const { gatewayUrl = '' } = dev
  return [
    ['service', `${gatewayUrl}/v2/models/${EXAMPLE.name}`],
    ['page', `${gatewayUrl}/services/${EXAMPLE.name}`],
    ...machineryRows(dev),
  ]
}

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { WorkflowHandle } from '@temporalio/client'
import { expect, it } from 'vitest'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import { createKey } from '../../store/signing/keys.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { countsOf, EFFECT } from '../engine/effects.ts'
import { eventually } from '../engine/eventually.ts'
import { aProject } from '../engine/project.ts'
import { aRig, type Rig } from '../engine/rig.ts'
import { withOwnServer } from '../engine/temporal-servers.ts'
import { anOlderEngine, OLDER } from './older-engine.ts'

const PIPELINE = `import { parameter, pipeline, task, z } from 'DSL'
${EFFECT}
const Named = z.object({ name: z.string() })
export const wait = task('wait', {
  input: Named,
  output: Named,
  run: async ({ name }) => {
    effect(name)
    await untilThere(name)
    return { name }
  },
})
export default pipeline('waits', { steps: [wait({ name: parameter('name', z.string()) })] })
`

const DEPLOYMENT = { ANNEAL_DEPLOYMENT: 'rolled' }

it('an upgrade with runs in flight: those stay with their build, others begin on the newer one, which cannot be left', async () => {
  await withOwnServer(async ({ address, restart }) => {
    const project = await aProject({ 'p.ts': PIPELINE })
    await createKey(join(project.stateFolder, 'keys'))
    const rig = await aRig(address, project)
    const older = await anOlderEngine(join(project.root, 'older'))
    try {
      const prepared = await project.prepare()
      const release = (name: string): Promise<void> => writeFile(join(project.stateFolder, name), '')
      const begin = (name: string) => rig.start(prepared, { param: [`name=${name}`] })
      const anneal = annealIn(rig, address)

      const plain = await rig.startWorker()
      const earlier = await begin('earlier')
      await eventually('it is at work', () => countsOf(project.stateFolder)['earlier'] !== undefined)
      await plain.stop()

      const before = await rig.startWorker(DEPLOYMENT, older('worker/main.ts'))
      await release('earlier')
      expect(await earlier.result()).toMatchObject({ outcome: 'completed' })
      expect([await buildOf(earlier), await timersOf(earlier)]).toEqual([expect.stringMatching(OLDER), 1])
      const [first, left] = [await begin('first'), await begin('left')]
      const listener = await listening(rig)
      for (const handle of [first, left, listener]) expect(await buildOf(handle)).toMatch(OLDER)

      await rig.startWorker(DEPLOYMENT)
      expect(await anneal(engineProgram('cli/main.ts'), 'deploy')).toMatchObject({
        code: 0,
        said: expect.stringMatching(/^rolled: new runs go to workers of \d.*-[0-9a-f]{16} \(before: 0\.0\.9-/),
      })
      const second = await begin('second')
      await Promise.all(['first', 'second'].map(release))
      for (const handle of [first, second]) expect(await handle.result()).toMatchObject({ outcome: 'completed' })
      expect([await buildOf(first), await timersOf(first)]).toEqual([expect.stringMatching(OLDER), 1])
      expect([await buildOf(second), await timersOf(second)]).toEqual([expect.not.stringMatching(OLDER), 0])

      const { firstExecutionRunId } = listener
      // No triggers, but it answers each.
      for (let sent = 0; sent < 20; sent += 1) await listener.signal('trigger', { sent })
      await eventually('the listener has continued as new', async () => {
        return (await rig.client.workflow.getHandle(listener.workflowId).describe()).runId !== firstExecutionRunId
      })
      expect(await buildOf(rig.client.workflow.getHandle(listener.workflowId))).not.toMatch(OLDER)

      expect(await anneal(older('cli/main.ts'), 'deploy')).toMatchObject({
        code: 2,
        said: expect.stringMatching(/older-build[^]*expected one as new as the current/),
      })

      await before.stop()
      await restart?.()
      const [, query = ''] = await eventually('the doctor tells of the run that is left', async () => {
        const { said } = await anneal(engineProgram('cli/main.ts'), 'doctor')
        return /1 workflow waits for a worker of build 0\.0\.9-[^]*--query "([^"]+)"/.exec(said) ?? undefined
      })
      const binary = await findTemporalBinary({ report: () => {} })
      const options = ['--versioning-override-behavior', 'auto_upgrade', '--query', query, '--yes']
      await promisify(execFile)(binary, ['workflow', 'update-options', ...options, '--address', address])
      await release('left')
      expect(await left.result()).toMatchObject({ outcome: 'completed' })
      expect(await timersOf(left)).toBe(0)
    } finally {
      await rig.close()
      await project.remove()
    }
  })
}, 400_000)

/** What listens to triggers, and lasts. */
function listening({ client, queue }: Rig) {
  const start = { workflowId: 'triggers:waits', taskQueue: queue, args: [{ pipeline: 'waits', maxEvents: 20 }] }
  return client.workflow.start('triggers', start)
}

/** The one that has worked on it last. */
function buildOf(handle: Pick<WorkflowHandle, 'describe' | 'workflowId'>): Promise<string> {
  return eventually(`${handle.workflowId} has a build`, async () => {
    const { raw } = await handle.describe()
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined
  })
}

async function timersOf(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<number> {
  const { events } = await handle.fetchHistory()
  return events?.filter((event) => event.timerStartedEventAttributes).length ?? 0
}

function annealIn({ project, queue }: Rig, address: string) {
  return async ([node, ...program]: readonly [string, ...string[]], ...args: readonly string[]) => {
    const { PATH, HOME } = process.env
    const own = { TEMPORAL_ADDRESS: address, ANNEAL_QUEUE: queue, NO_COLOR: '1', ...DEPLOYMENT }
    const child = spawn(node, [...program, ...args], {
      cwd: project.root,
      env: { PATH, HOME, ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { code: code as number | null, said: stdout + stderr }
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Connection } from '@temporalio/client'
import { expect, it } from 'vitest'
import { currentBuild } from '../../activities/deployments.ts'
import { freePort } from '../../cli/temporal-server.ts'
import { ownBuild } from '../../config/build.ts'
import { engineProgram } from '../../store/engine-program.ts'
import { aProject } from '../engine/project.ts'
import { anOlderEngine, OLDER } from './older-engine.ts'

it('on one machine the engine that looks after all has new runs go to its build, and none older than before', async () => {
  const project = await aProject({ 'anneal.config.json': '{ "deployment": "own" }' })
  try {
    const older = await anOlderEngine(join(project.root, 'older'))
    const port = String(await freePort())
    expect(await currentUnder(older('cli/main.ts'), project.root, port)).toMatch(OLDER)
    expect(await currentUnder(engineProgram('cli/main.ts'), project.root, port)).toBe(await ownBuild())
    expect(await currentUnder(older('cli/main.ts'), project.root, port)).toMatch(
      /older-build[^]*expected one as new as the current \d/,
    )
  } finally {
    await project.remove()
  }
}, 300_000)

/** The current build while `anneal dev` of this engine runs, or what it says instead. */
async function currentUnder([node, ...program]: readonly [string, ...string[]], cwd: string, port: string) {
  const { PATH, HOME } = process.env
  const args = [...program, 'dev', '--json', '--headless', '--port', port]
  const dev = spawn(node, args, { cwd, env: { PATH, HOME, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = text(dev.stderr)
  const ended = once(dev, 'close')
  const ready = await Promise.race([once(dev.stdout, 'data').then(() => true), ended.then(() => false)])
  if (!ready) return said
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` })
  const place = { namespace: 'default', deploymentName: 'own' }
  const current = await currentBuild(connection.workflowService, place)
  await connection.close()
  dev.kill('SIGINT')
  await ended
  return current
}

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { processesUnder } from '../../cli/chaos/leftovers.ts'
import { eventually } from '../engine/eventually.ts'
import { ownEnvironment, startAnneal, workplace, type Running } from '../cli/commands/anneal.ts'
import { projectFolder } from '../cli/pipeline-file/project-folder.ts'
import { TWENTY_NODES } from './twenty-nodes.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

it('the regulated example leaves the same whatever is killed', { timeout: 480_000 }, async () => {
  // Its files are read where they are; what it leaves goes to a folder of the test's own.
  const { project } = await projectFolder({})
  const state = { ANNEAL_STATE_FOLDER: project.stateFolder }
  const flags = ['--kills', '3', '--per-run', '3', '--seed', '5', '--json']
  const { code, stdout } = await startAnneal(['chaos', 'pipelines/loan-approval.ts', ...flags], {
    cwd: REPOSITORY,
    env: { ...ownEnvironment(), ...state },
  }).said
  expect(code).toBe(0)
  const report = JSON.parse(stdout) as Record<string, unknown>
  expect(report).toMatchObject({ pipeline: 'loan-approval', seed: 5, kills: 3, failures: [] })
  expect(report['late']).toBeLessThan(3)
  expect(readdirSync(join(project.stateFolder, 'chaos'))).toEqual([])
})

it('Ctrl-C ends all that was started, and leaves nothing', { timeout: 240_000 }, async () => {
  const { project, start } = await workplace(TWENTY_NODES)
  const chaos: Running = start(['chaos', 'p.ts', '--kills', '40', '--per-run', '4'])
  await chaos.until(/undisturbed: completed/)
  const place = join(project.stateFolder, 'chaos')
  await eventually('a disturbed run is under way', () => processesUnder(place).length > 2)
  chaos.process.kill('SIGINT')
  expect(await chaos.said).toMatchObject({ code: 130, stdout: '' })
  expect(existsSync(place) ? readdirSync(place) : []).toEqual([])
  expect(processesUnder(place)).toEqual([])
})

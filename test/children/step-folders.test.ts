import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { reapOrphans } from '../../activities/children/orphans.ts'
import { stepFolders } from '../../activities/step-folders.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { engineProgram } from '../../store/engine-program.ts'

const [NODE, ...CHILD] = engineProgram('test/children/step-folder-child.ts')

test('an empty folder serves the next attempt, and one at a time', async () => {
  const parent = await temporaryFolder()
  const folders = stepFolders(parent)
  const used = folders.take()
  await mkdir(used)
  await folders.giveBack(used)
  expect(folders.take()).toBe(used)
  expect(await readdir(parent)).toEqual([basename(used)])
  expect(folders.take()).not.toBe(used)
})

test.each([
  ['that holds a file', (folder: string) => writeFile(join(folder, 'rows'), 'x')],
  ['that holds a hidden file', (folder: string) => writeFile(join(folder, '.rows'), 'x')],
  ['that was closed', (folder: string) => chmod(folder, 0o000)],
  [
    'that became a link',
    async (folder: string) => {
      await rm(folder, { recursive: true })
      await symlink('.', folder)
    },
  ],
])('a folder %s is removed', async (_, change) => {
  const parent = await temporaryFolder()
  const folders = stepFolders(parent)
  const used = folders.take()
  await mkdir(used)
  await change(used)
  await folders.giveBack(used)
  expect(await readdir(parent)).toEqual([])
})

test.each([
  ['named', 0],
  ['made', 1],
  ['given back', 1],
  ['taken again', 1],
])(
  "a worker killed once its folder is %s leaves %i, in nobody's way and gone with the next start",
  async (line, left) => {
    const work = await temporaryFolder()
    const parent = join(work, 'steps')
    const worker = spawn(NODE, [...CHILD, parent, line], { stdio: 'inherit' })
    expect(await once(worker, 'exit')).toEqual([null, 'SIGKILL'])
    const before = await readdir(parent).catch(() => [])
    expect(before).toHaveLength(left)
    const own = stepFolders(parent).take()
    await mkdir(own, { recursive: true })
    expect(before).not.toContain(basename(own))
    await reapOrphans(work)
    expect(await readdir(parent)).toEqual([basename(own)])
  },
)

test('closing removes what is empty, and a folder that was removed by hand is no harm', async () => {
  const parent = await temporaryFolder()
  const folders = stepFolders(parent)
  const all = [folders.take(), folders.take()]
  for (const folder of all) await mkdir(folder)
  for (const folder of all) await folders.giveBack(folder)
  await rm(all[1] ?? '', { recursive: true })
  folders.take()
  await folders.close()
  expect(await readdir(parent)).toEqual([])
})

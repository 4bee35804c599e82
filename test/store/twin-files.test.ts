import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeFileSystem, type FileSystem } from '../../store/file-system.ts'
import { twinFiles, type TwinFiles } from '../../store/twin-files.ts'
import { sweepTemporaryFiles } from '../../store/temporary-files.ts'
import { buildChild, startChild } from './child-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function someTwins(fs: FileSystem = nodeFileSystem): Promise<{ folder: string; twins: TwinFiles }> {
  const folder = await temporaryFolder()
  nodeFileSystem.mkdir(join(folder, 'tmp'), { recursive: true })
  return { folder, twins: twinFiles({ fs, folder: join(folder, 'tmp'), mode: 0o444 }) }
}

const bytes = Buffer.from('claim')

test('equal bytes share one file, others have their own', async () => {
  const { folder, twins } = await someTwins()
  const inodeOf = async (name: string, content: string): Promise<number> => {
    expect(twins.create(join(folder, name), Buffer.from(content))).toBe('created')
    expect(await readFile(join(folder, name), 'utf8')).toBe(content)
    return (await stat(join(folder, name))).ino
  }
  const [a, b, c] = [await inodeOf('a', 'claim'), await inodeOf('b', 'claim'), await inodeOf('c', '')]
  expect(a).toBe(b)
  expect(a).not.toBe(c)
})

test('one of fifty calls creates the file', async () => {
  const { folder, twins } = await someTwins()
  const outcomes = Array.from({ length: 50 }, () => twins.create(join(folder, 'race'), bytes))
  expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
})

test('many contents leave few temporary files, and closing leaves none', async () => {
  const { folder, twins } = await someTwins()
  for (let index = 0; index < 30; index += 1) twins.create(join(folder, String(index)), Buffer.from(String(index)))
  twins.create(join(folder, 'one more'), bytes)
  expect((await readdir(join(folder, 'tmp'))).length).toBeLessThanOrEqual(5)
  twins.close()
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
  expect(await readFile(join(folder, '7'), 'utf8')).toBe('7')
})

test('a temporary file that was swept away is made again', async () => {
  const { folder, twins } = await someTwins()
  twins.create(join(folder, 'a'), bytes)
  for (const name of await readdir(join(folder, 'tmp'))) await rm(join(folder, 'tmp', name))
  expect(twins.create(join(folder, 'b'), bytes)).toBe('created')
  expect(await readFile(join(folder, 'b'), 'utf8')).toBe('claim')
})

test('a file that has as many names as it may is followed by another', async () => {
  let links = 0
  const limited: FileSystem = {
    ...nodeFileSystem,
    link: (existing, path) => {
      links += 1
      if (links % 3 === 0) throw Object.assign(new Error('EMLINK: too many links'), { code: 'EMLINK' })
      nodeFileSystem.link(existing, path)
    },
  }
  const { folder, twins } = await someTwins(limited)
  for (const name of ['a', 'b', 'c', 'd', 'e']) expect(twins.create(join(folder, name), bytes)).toBe('created')
})

test('an error leaves nothing behind and is told', async () => {
  const failing: FileSystem = {
    ...nodeFileSystem,
    open: (path, flags, mode) => ({
      ...nodeFileSystem.open(path, flags, mode),
      write: () => {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
      },
    }),
  }
  const { folder, twins } = await someTwins(failing)
  expect(() => twins.create(join(folder, 'a'), bytes)).toThrow(expect.objectContaining({ code: 'ENOSPC' }))
  expect(await readdir(folder)).toEqual(['tmp'])
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
})

test('a process killed at any call of its first write leaves no file or a whole one, and nothing that is not swept', async () => {
  const parent = await temporaryFolder()
  const program = await buildChild(parent)
  const ends: string[] = []
  for (let call = 1; ends.at(-1) !== 'ended'; call += 1) {
    const folder = join(parent, String(call))
    await mkdir(join(folder, 'tmp'), { recursive: true })
    const end = await startChild(program, ['twin', folder, String(call)]).ended()
    ends.push(end === 'SIGKILL' ? `${(await readdir(join(folder, 'tmp'))).length} temporary` : 'ended')
    const left = await readFile(join(folder, 'claim'), 'utf8').catch(() => undefined)
    expect(left).toBe(end === 'SIGKILL' ? undefined : 'claim')
    const twins = twinFiles({ fs: nodeFileSystem, folder: join(folder, 'tmp'), mode: 0o444 })
    expect(twins.create(join(folder, 'claim'), bytes)).toBe(left === undefined ? 'created' : 'exists')
    sweepTemporaryFiles(nodeFileSystem, join(folder, 'tmp'))
    expect(await readdir(join(folder, 'tmp'))).toHaveLength(1)
    expect(await readFile(join(folder, 'claim'), 'utf8')).toBe('claim')
    twins.close()
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
  }
  // Before the file is opened, before its bytes, before its end, before its name.
  expect(ends).toEqual(['0 temporary', '1 temporary', '1 temporary', '1 temporary', 'ended'])
})

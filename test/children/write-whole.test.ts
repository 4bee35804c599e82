import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { removeAbandoned } from '../../activities/children/abandoned.ts'
import { writeWhole } from '../../activities/children/write-whole.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { engineProgram } from '../../store/engine-program.ts'

const [NODE, ...WRITER] = engineProgram('test/children/whole-writer-program.ts')

test('a file is put with its folder, and again', async () => {
  const path = join(await temporaryFolder(), 'a/b')
  await writeWhole(path, 'first')
  await writeWhole(path, 'second')
  expect(await readFile(path, 'utf8')).toBe('second')
  expect(await readdir(join(path, '..'))).toEqual(['b'])
})

test('a put that fails leaves nothing behind', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'taken'))
  await expect(writeWhole(join(folder, 'taken'), 'x')).rejects.toMatchObject({ code: 'EISDIR' })
  expect(await readdir(folder)).toEqual(['taken'])
})

describe('a writer that is killed while it puts a file for the', () => {
  test.each([2, 3, 5, 8, 13, 21])('%ith time', { timeout: 60_000 }, async (times) => {
    const folder = await temporaryFolder()
    const writer = spawn(NODE, [...WRITER, join(folder, 'file')], { stdio: 'pipe' })
    const exited = once(writer, 'exit')
    let seen = 0
    for await (const _ of createInterface({ input: writer.stdout })) {
      seen += 1
      if (seen === times) break
    }
    writer.kill('SIGKILL')
    await exited
    const text = await readFile(join(folder, 'file'), 'utf8')
    expect(text.length).toBe(4 * 2 ** 20)
    expect(new Set(text).size).toBe(1)
    await removeAbandoned(folder)
    expect(await readdir(folder)).toEqual(['file'])
  })
})

import { link, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collectFiles, locateFiles, materializeFiles } from '../../activities/children/files.ts'
import { artifacts, type Artifacts } from '../../store/artifacts.ts'
import { folderStore } from '../../store/folder-store.ts'
import { aCall, aPool, aTask, temporaryFolder } from './code-units.ts'

test('a file goes from one step to the next by its content', async () => {
  const [pool, stored] = [await aPool(), await anArtifactStore()]
  const writer = await pool.acquire(
    await aTask({
      before: "import { mkdirSync, writeFileSync } from 'node:fs'",
      run: "() => { mkdirSync('out'); writeFileSync('out/a.csv', 'x,y'); return { rows: [{ $file: 'out/a.csv' }] } }",
    }),
  )
  const first = await temporaryFolder()
  const made = await collectFiles(stored, await writer.run(await aCall({ workFolder: first })), { workFolder: first })
  expect(made).toEqual({ rows: [{ $file: expect.stringMatching(/^[0-9a-f]{64}$/) as string, name: 'a.csv', size: 3 }] })
  const reader = await pool.acquire(
    await aTask({
      before: "import { readFileSync } from 'node:fs'",
      input: 'z.object({ rows: z.array(z.strictObject({ $file: z.string() })) })',
      run: "({ rows }) => readFileSync(rows[0].$file, 'utf8')",
    }),
  )
  const workFolder = await temporaryFolder()
  const input = await materializeFiles(stored, made, workFolder)
  expect(await reader.run(await aCall({ workFolder, input }))).toBe('x,y')
})

test('an input file keeps its name, cannot be written, and may be handed on', async () => {
  const [stored, folder] = [await anArtifactStore(), await temporaryFolder()]
  const file = { $file: await stored.putBytes(Buffer.from('bytes')), name: 'model.onnx', size: 5 }
  const given = (await materializeFiles(stored, file, folder)) as { readonly $file: string }
  expect(given.$file).toMatch(/\/in\/[0-9a-f]{16}\/model\.onnx$/)
  expect(await readFile(given.$file, 'utf8')).toBe('bytes')
  expect((await stat(given.$file)).mode & 0o777).toBe(0o444)
  expect(await collectFiles(stored, given, { workFolder: folder })).toEqual(file)
})

test.each(['../../../etc/cron.d/job', '..', '/etc/passwd', ''])(
  'a file named %j is made within the folder',
  async (name) => {
    const [stored, folder] = [await anArtifactStore(), await temporaryFolder()]
    const file = { $file: await stored.putBytes(Buffer.from('bytes')), name }
    const given = (await materializeFiles(stored, file, folder)) as { readonly $file: string }
    expect(given.$file.startsWith(join(folder, 'in', '/'))).toBe(true)
    expect(given.$file).not.toContain('..')
  },
)

test("the engine's own code reads the store's file, and may hand it on", async () => {
  const [stored, workFolder] = [await anArtifactStore(), await temporaryFolder()]
  const file = { $file: await stored.putBytes(Buffer.from('bytes')), name: 'part.parquet', size: 5 }
  const other = { ...file, name: 'other.parquet' }
  const { input, files } = await locateFiles(stored, { parts: [file, file, other] }, workFolder)
  const { parts } = input as { readonly parts: readonly { readonly $file: string }[] }
  const own = await stored.locate(file.$file)
  // A path stands for one name only.
  expect(parts.filter(({ $file }) => $file === own).length).toBeGreaterThan(0)
  expect(parts.filter(({ $file }) => $file.startsWith(workFolder)).length).toBeGreaterThan(0)
  expect(await collectFiles(stored, input, { workFolder, given: files })).toEqual({ parts: [file, file, other] })
  await expect(collectFiles(stored, { $file: own ?? '' }, { workFolder })).rejects.toMatchObject({
    code: 'task-file-invalid',
  })
})

test('a path of the machine is no input', async () => {
  const materializing = materializeFiles(await anArtifactStore(), [{ $file: '/etc/passwd' }], await temporaryFolder())
  await expect(materializing).rejects.toMatchObject({
    code: 'task-input-invalid',
    message: expect.stringMatching(
      /^input\[0\]: expected a file of the plan or of another step, got a path;/,
    ) as string,
  })
})

test.each([
  ['../outside.txt', 'a path outside of it'],
  ['/etc/passwd', 'a path outside of it'],
  ['.', 'a path outside of it'],
  ['none.txt', 'nothing there'],
  ['folder', 'no regular file'],
  ['link.txt', 'a link'],
  ['hard.txt', 'a link'],
  ['linked/outside.txt', 'a link'],
])('the output %j is refused as %s', async (path, got) => {
  const [stored, parent] = [await anArtifactStore(), await temporaryFolder()]
  const folder = join(parent, 'work')
  await mkdir(join(folder, 'folder'), { recursive: true })
  await writeFile(join(parent, 'outside.txt'), 'secret')
  await symlink(join(parent, 'outside.txt'), join(folder, 'link.txt'))
  await link(join(parent, 'outside.txt'), join(folder, 'hard.txt'))
  await symlink(parent, join(folder, 'linked'))
  const collecting = collectFiles(stored, { report: { $file: path } }, { workFolder: folder })
  await expect(collecting).rejects.toMatchObject({ code: 'task-file-invalid', retry: false })
  await expect(collecting).rejects.toThrow(`got ${got}; write it to the current folder`)
  await expect(collecting).rejects.not.toThrow(parent)
})

async function anArtifactStore(): Promise<Artifacts> {
  return artifacts(folderStore(await temporaryFolder()))
}

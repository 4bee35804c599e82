import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../dsl/digest.ts'
import { artifacts, sha256Of, type Artifacts } from '../../store/artifacts.ts'
import { folderStore } from '../../store/folder-store.ts'
import { packFolders, unpackFolder } from '../../store/pack.ts'
import { temporaryFolder } from './temporary-folder.ts'

const sources = { 'train.py': 'print(1)', 'lib/a.py': 'a', 'lib/ä 𝒳.txt': 'ä', 'run.sh': '#!/bin/sh' }
const paths = Object.keys(sources)

function packFolder(all: Artifacts, folder: string, files: readonly string[]): ReturnType<typeof packFolders> {
  return packFolders(all, [{ folder, paths: files }])
}

async function aSource(): Promise<{ root: string; folder: string; all: Artifacts }> {
  const root = await temporaryFolder()
  const folder = join(root, 'source')
  for (const [path, text] of Object.entries(sources)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await chmod(join(folder, 'run.sh'), 0o755)
  return { root, folder, all: artifacts(folderStore(join(root, 'store'))) }
}

test('a folder comes out of its pack as it went in, read-only', async () => {
  const { root, folder, all } = await aSource()
  const target = join(root, 'work', 'code')
  await unpackFolder(all, await packFolder(all, folder, paths), target)
  for (const [path, text] of Object.entries(sources)) expect(await readFile(join(target, path), 'utf8')).toBe(text)
  expect((await stat(join(target, 'run.sh'))).mode & 0o777).toBe(0o555)
  expect((await stat(join(target, 'train.py'))).mode & 0o777).toBe(0o444)
  expect(await readdir(join(root, 'work'))).toEqual(['code'])
})

test('files of several folders are packed as of one, the last one of a name', async () => {
  const { root, folder, all } = await aSource()
  const other = join(root, 'other')
  await mkdir(other)
  await writeFile(join(other, 'train.py'), 'print(2)')
  const pack = await packFolders(all, [
    { folder, paths },
    { folder: other, paths: ['train.py'] },
  ])
  await unpackFolder(all, pack, join(root, 'code'))
  expect(await readFile(join(root, 'code/train.py'), 'utf8')).toBe('print(2)')
  expect(await readFile(join(root, 'code/lib/a.py'), 'utf8')).toBe('a')
})

test('equal content has the same name, in whichever order and however often its files are given', async () => {
  const { folder, all } = await aSource()
  const pack = await packFolder(all, folder, paths)
  expect(await packFolder(all, folder, [...paths.toReversed(), 'train.py'])).toBe(pack)
  const manifest = JSON.parse(String(await all.get(pack))) as { readonly files: readonly { readonly path: string }[] }
  expect(manifest.files.map((file) => file.path)).toEqual(['lib/a.py', 'lib/ä 𝒳.txt', 'run.sh', 'train.py'])
})

test('any number of processes may unpack into one folder', async () => {
  const { root, folder, all } = await aSource()
  const pack = await packFolder(all, folder, paths)
  const target = join(root, 'work', 'code')
  await Promise.all(Array.from({ length: 8 }, () => unpackFolder(all, pack, target)))
  await writeFile(join(target, 'cache.pyc'), 'made by a task')
  await unpackFolder(all, pack, target)
  expect(await readdir(join(root, 'work'))).toEqual(['code'])
  expect(await readFile(join(target, 'lib/a.py'), 'utf8')).toBe('a')
})

test('an unpacked file that was altered since is found', async () => {
  const { root, folder, all } = await aSource()
  const pack = await packFolder(all, folder, paths)
  const target = join(root, 'code')
  await unpackFolder(all, pack, target)
  await chmod(join(target, 'train.py'), 0o644)
  await writeFile(join(target, 'train.py'), 'print(2)')
  await expect(unpackFolder(all, pack, target)).rejects.toMatchObject({
    code: 'store-corrupt',
    message: `unpacked file "train.py": expected sha256 ${sha256Of('print(1)')}, got ${sha256Of('print(2)')}; remove the folder "code"`,
  })
})

test('an unpacking that fails leaves no folder', async () => {
  const { root, folder, all } = await aSource()
  const pack = await packFolder(all, folder, paths)
  await rm(join(root, 'store', 'artifacts', sha256Of('a').slice(0, 2)), { recursive: true })
  await expect(unpackFolder(all, pack, join(root, 'work', 'code'))).rejects.toMatchObject({ code: 'object-missing' })
  expect(await readdir(join(root, 'work'))).toEqual([])
})

const hostile = ['/etc/passwd', '../x', 'a/../../x', 'a//b', './a', '', 'a\\b', 'a\0b', 'a\nb', 'a/']

test.each(hostile)('a manifest with the path %j is refused', async (path) => {
  const { root, all } = await aSource()
  const digest = await all.putBytes(Buffer.from('x'))
  const pack = await all.putBytes(Buffer.from(canonicalJson({ files: [{ path, digest, mode: 0o444 }] })))
  await expect(unpackFolder(all, pack, join(root, 'code'))).rejects.toMatchObject({ code: 'key-invalid' })
})

test.each(hostile)('the path %j is not packed', async (path) => {
  const { folder, all } = await aSource()
  await expect(packFolder(all, folder, [path])).rejects.toMatchObject({ code: 'key-invalid' })
})

test('a manifest in which a file is the folder of another is refused', async () => {
  const { root, all } = await aSource()
  const digest = await all.putBytes(Buffer.from('x'))
  const files = ['a', 'a/b'].map((path) => ({ path, digest, mode: 0o444 }))
  const pack = await all.putBytes(Buffer.from(canonicalJson({ files })))
  await expect(unpackFolder(all, pack, join(root, 'code'))).rejects.toMatchObject({ code: 'key-invalid' })
})

test.each(['not json', '{}', '{"files":[{"path":"a"}]}', '{"files":[{"path":"a","digest":"x","mode":511}]}'])(
  'the artifact %j is no pack',
  async (text) => {
    const { root, all } = await aSource()
    const pack = await all.putBytes(Buffer.from(text))
    await expect(unpackFolder(all, pack, join(root, 'code'))).rejects.toMatchObject({ code: 'store-corrupt' })
  },
)

test('a link is not packed, nor what is not there', async () => {
  const { folder, all } = await aSource()
  await symlink('/etc/passwd', join(folder, 'link'))
  const link = packFolder(all, folder, ['link'])
  await expect(link).rejects.toMatchObject({
    code: 'source-unreadable',
    message: expect.stringContaining('"link"') as string,
  })
  await expect(packFolder(all, folder, ['none'])).rejects.toMatchObject({ code: 'source-unreadable' })
})

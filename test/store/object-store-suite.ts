import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256Of } from '../../store/artifacts.ts'
import type { ObjectStore } from '../../store/object-store.ts'

/** What every implementation of ObjectStore does. `open` gives an empty store. */
export function objectStoreSuite(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name} as an object store`, () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'anneal-suite-'))
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    test('gives back the bytes that were put', async () => {
      const store = await open()
      expect(await store.putIfAbsent('a/b', bytesOf('x'))).toBe('created')
      expect(textOf(await store.get('a/b'))).toBe('x')
      expect(await store.has('a/b')).toBe(true)
    })

    test('keeps an empty object apart from none', async () => {
      const store = await open()
      await store.putIfAbsent('empty', new Uint8Array())
      expect(await store.get('empty')).toHaveLength(0)
      expect(await store.get('none')).toBeUndefined()
      expect(await store.stream('none')).toBeUndefined()
      expect(await store.has('none')).toBe(false)
    })

    test('never replaces an object', async () => {
      const store = await open()
      await store.putIfAbsent('a', bytesOf('first'))
      expect(await store.putIfAbsent('a', bytesOf('second'))).toBe('exists')
      expect(await store.putIfAbsent('a', bytesOf('third'), { durable: false })).toBe('exists')
      expect(textOf(await store.get('a'))).toBe('first')
    })

    test('lets exactly one of fifty racing puts create the object', async () => {
      const store = await open()
      const puts = Array.from({ length: 50 }, async (_, index) => {
        const outcome = await store.putIfAbsent('race', bytesOf(String(index)), { durable: index % 2 === 0 })
        return outcome === 'created' ? [String(index)] : []
      })
      const winners = (await Promise.all(puts)).flat()
      expect(winners).toHaveLength(1)
      expect(textOf(await store.get('race'))).toBe(winners[0])
    })

    test('stores and streams a file of many pieces', async () => {
      const store = await open()
      const content = Buffer.alloc(1_000_003, 'abcdefg')
      const path = await fileOf(folder, content)
      expect(await store.putFileIfAbsent('large', path, { digest: sha256Of(content) })).toBe('created')
      expect(await store.putFileIfAbsent('large', path)).toBe('exists')
      const pieces: Uint8Array[] = []
      for await (const piece of (await store.stream('large')) ?? []) pieces.push(piece)
      expect(Buffer.concat(pieces).equals(content)).toBe(true)
    })

    test('stores nothing of a file that is not the one announced', async () => {
      const store = await open()
      const path = await fileOf(folder, 'changed')
      const put = store.putFileIfAbsent('file', path, { digest: sha256Of('as it was') })
      await expect(put).rejects.toMatchObject({ code: 'source-changed' })
      expect(await store.has('file')).toBe(false)
    })

    test('says which file it could not read, without its folder', async () => {
      const store = await open()
      const put = store.putFileIfAbsent('file', join(folder, 'absent.csv'))
      await expect(put).rejects.toMatchObject({
        code: 'source-unreadable',
        message: 'file "absent.csv": expected a readable file, got ENOENT',
      })
    })

    test('lists the keys of one level in code point order', async () => {
      const store = await open()
      for (const key of ['l/b', 'l/a10', 'l/a2', 'l/deeper/x', 'm', 'l/B']) await store.putIfAbsent(key, bytesOf(''))
      expect(await store.list('l/')).toEqual(['l/B', 'l/a10', 'l/a2', 'l/b'])
      expect(await store.list('l/a')).toEqual(['l/a10', 'l/a2'])
      expect(await store.list('')).toEqual(['m'])
      expect(await store.list('none/')).toEqual([])
      expect(await store.list('m/')).toEqual([])
    })

    test('deletes an object, and does not mind if there is none', async () => {
      const store = await open()
      await store.putIfAbsent('a', bytesOf('x'))
      await store.delete('a')
      await store.delete('a')
      expect(await store.get('a')).toBeUndefined()
      expect(await store.putIfAbsent('a', bytesOf('y'))).toBe('created')
    })

    test.each(['', '/a', 'a/', 'a//b', '../a', 'a/..', './a', 'a\\b', 'a b', 'a\0', 'ä', 'tmp/a', 'x'.repeat(256)])(
      'refuses the key %j',
      async (key) => {
        const store = await open()
        await expect(store.putIfAbsent(key, bytesOf(''))).rejects.toMatchObject({ code: 'key-invalid' })
        await expect(store.get(key)).rejects.toMatchObject({ code: 'key-invalid' })
        await expect(store.delete(key)).rejects.toMatchObject({ code: 'key-invalid' })
      },
    )

    test.each(['/', '../', 'a/../', 'a//', '..\\'])('refuses the prefix %j', async (prefix) => {
      const store = await open()
      await expect(store.list(prefix)).rejects.toMatchObject({ code: 'key-invalid' })
    })
  })
}

async function fileOf(folder: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, `${process.hrtime.bigint()}`)
  await writeFile(path, content)
  return path
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text)
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString()
}

import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { pythonEnvironments } from '../../activities/children/python-environment.ts'
import { machineCache } from '../../config/machine-cache.ts'
import { artifacts } from '../../store/artifacts.ts'
import { exportModel } from '../../store/export-model.ts'
import { folderStore } from '../../store/folder-store.ts'
import { registry } from '../../store/registry.ts'
import { createKey, trusted } from '../../store/signing/keys.ts'
import { verifyModelSignature } from '../../store/signing/model-signature.ts'
import { checkFolder } from '../../store/signing/signed-folder.ts'
import { aRegistration } from './a-registration.ts'
import { temporaryFolder } from './temporary-folder.ts'

// The reference implementation, from the package index that is set up on this machine; made once, then cached.
const REQUIREMENTS = join(import.meta.dirname, '../fixtures/model-signing')
let python: string

beforeAll(async () => {
  const interpreter = await pythonEnvironments(machineCache(process.env))(REQUIREMENTS)
  if (interpreter === undefined) throw new Error('expected an environment')
  python = interpreter
}, 180_000)

interface Answer {
  readonly accepted: boolean
  readonly said: string
}

async function modelSigning(...args: readonly string[]): Promise<Answer> {
  try {
    const { stdout, stderr } = await promisify(execFile)(python, ['-m', 'model_signing', ...args])
    return { accepted: true, said: stdout + stderr }
  } catch (error) {
    return { accepted: false, said: error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error) }
  }
}

function verifyByTool(folder: string): Promise<Answer> {
  const at = (name: string): string => join(folder, name)
  return modelSigning('verify', 'key', at('model'), '--signature', at('model.sig'), '--public_key', at('signer.pub'))
}

async function exported(files?: Readonly<Record<string, string>>): Promise<string> {
  const root = await temporaryFolder()
  const store = folderStore(join(root, 'store'))
  const all = artifacts(store)
  const signer = await createKey(join(root, 'keys'))
  const given = await aRegistration(all, files === undefined ? {} : { files })
  const { version } = await registry(store, all).register(given, signer)
  await exportModel(version, join(root, 'export'), { artifacts: all, keys: await trusted(join(root, 'keys')) })
  return join(root, 'export')
}

test('the reference tool accepts what is exported', async () => {
  const flat = await verifyByTool(await exported())
  expect(flat).toEqual({ accepted: true, said: expect.stringContaining('Verification succeeded') })
  const nested = await exported({ 'b.txt': '', 'a/z.bin': 'z', 'model.onnx': 'weights' })
  expect(await verifyByTool(nested)).toMatchObject({ accepted: true })
})

test('the reference tool refuses a flipped bit in each file', { timeout: 120_000 }, async () => {
  const folder = await exported()
  const names = [...(await readdir(join(folder, 'model'))).map((name) => `model/${name}`), 'model.sig']
  for (const name of names) {
    const whole = await readFile(join(folder, name))
    const flipped = Buffer.from(whole)
    flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 1
    await chmod(join(folder, name), 0o644)
    await writeFile(join(folder, name), flipped)
    const { accepted } = await verifyByTool(folder)
    expect({ name, accepted }).toEqual({ name, accepted: false })
    await writeFile(join(folder, name), whole)
  }
  await writeFile(join(folder, 'model/more.bin'), '')
  expect(await verifyByTool(folder)).toMatchObject({ accepted: false, said: expect.stringContaining('Extra files') })
})

interface TheirModel {
  readonly folder: string
  readonly verdict: () => Promise<readonly string[]>
}

/** A folder that the tool has signed, and what ours finds wrong with it. */
async function signedByTool(files: Readonly<Record<string, string>>): Promise<TheirModel> {
  const root = await temporaryFolder()
  const signer = await createKey(join(root, 'keys'))
  const folder = join(root, 'their-model')
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const signature = join(root, 'model.sig')
  const key = join(root, 'keys/registry.pem')
  const answer = await modelSigning('sign', 'key', folder, '--private_key', key, '--signature', signature)
  expect(answer).toMatchObject({ accepted: true })
  const keys = new Map([[signer.keyId, createPublicKey(await readFile(key))]])
  return {
    folder,
    verdict: async () => {
      const checked = verifyModelSignature(await readFile(signature), { file: 'model.sig', keys })
      if ('fault' in checked) return [checked.fault.file]
      const sized = checked.value.files.map((file) => Object.assign({ size: 1000 }, file))
      return (await checkFolder(folder, { files: sized, shown: 'model' })).map(({ file }) => file)
    },
  }
}

test('what the reference tool signs is accepted here, hidden, empty and nested files too', async () => {
  const { verdict } = await signedByTool({ '.hidden': 'h', 'a/b.bin': 'b', 'empty.txt': '', 'model.onnx': 'weights' })
  expect(await verdict()).toEqual([])
})

test('what was changed after the reference tool signed is refused here', async () => {
  const { folder, verdict } = await signedByTool({ 'a/b.bin': 'b', 'empty.txt': '', 'model.onnx': 'weights' })
  await writeFile(join(folder, 'model.onnx'), 'Weights')
  expect(await verdict()).toEqual(['model/model.onnx'])
  await writeFile(join(folder, 'model.onnx'), 'weights')
  await rm(join(folder, 'empty.txt'))
  await symlink('a/b.bin', join(folder, 'link'))
  await cp(join(folder, 'model.onnx'), join(folder, '.git'))
  expect(await verdict()).toEqual(['model/.git', 'model/link', 'model/empty.txt'])
})

test('a file replaced by a link to the same bytes, by a folder or by a pipe is refused here', async () => {
  const { folder, verdict } = await signedByTool({ 'model.onnx': 'weights', 'other.bin': 'o' })
  const model = join(folder, 'model.onnx')
  await rm(model)
  await writeFile(join(folder, '..', 'elsewhere'), 'weights')
  await symlink('../elsewhere', model)
  expect(await verdict()).toEqual(['model/model.onnx'])
  await rm(model)
  await mkdir(model)
  expect(await verdict()).toEqual(['model/model.onnx'])
  await rm(model, { recursive: true })
  await promisify(execFile)('mkfifo', [model])
  expect(await verdict()).toEqual(['model/model.onnx'])
})

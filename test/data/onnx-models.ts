import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** Writes one model that `make-onnx-models.py` made as `<name>.onnx`; returns its path. */
export async function onnxModel(folder: string, name: string): Promise<string> {
  const models = z.record(z.string(), z.string())
  const text = await readFile(join(import.meta.dirname, 'onnx-models.json'), 'utf8')
  const path = join(folder, `${name}.onnx`)
  await writeFile(path, Buffer.from(models.parse(JSON.parse(text))[name] ?? '', 'base64'))
  return path
}

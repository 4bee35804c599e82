import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Checkpoint } from '../../activities/children/checkpoint.ts'
import { isAlive } from '../../store/process-identity.ts'
import { aCall, aPool, aScript, temporaryFolder } from './code-units.ts'

test('progress and checkpoints reach the caller in the order in which the code told them', async () => {
  const unit = await aScript(`
def run(input, context):
    for number in (1, 2):
        with open(f"at-{number}", "w") as file: file.write(str(number))
        context.checkpoint(number, f"at-{number}")
        context.progress(number=number)
    return "done"`)
  const told: (Checkpoint | string)[] = []
  const call = await aCall({ onCheckpoint: (it) => told.push(it), onProgress: (it) => told.push(it) })
  expect(await (await (await aPool()).acquire(unit)).run(call)).toBe('done')
  const at = (number: number): Checkpoint => ({ number, path: join(call.workFolder, `at-${number}`) })
  expect(told).toEqual([at(1), '{"number": 1}', at(2), '{"number": 2}'])
})

test('code that nobody listens to runs on', async () => {
  const unit = await aScript(
    'def run(input, context):\n    open("a", "w").close()\n    context.checkpoint(1, "a")\n    context.progress(a=1)\n    return 1',
  )
  expect(await (await (await aPool()).acquire(unit)).run(await aCall())).toBe(1)
})

test('code that refuses its input is not tried again, and its child serves on', async () => {
  const unit = await aScript(
    'def run(input, context):\n    if input["rows"] == 0: context.refuse("rows: expected some, got none; widen the window")\n    return 1',
  )
  const child = await (await aPool()).acquire(unit)
  await expect(child.run(await aCall({ step: 'train', input: { rows: 0 } }))).rejects.toMatchObject({
    code: 'task-input-invalid',
    retry: false,
    message: 'task "train": rows: expected some, got none; widen the window',
  })
  expect(await child.run(await aCall({ input: { rows: 1 } }))).toBe(1)
})

test.each([
  ['a file outside of its folder', 'context.checkpoint(1, input["outside"])', "a file of the step's own folder"],
  ['a way out of its folder', 'context.checkpoint(1, "../" + input["name"])', "a file of the step's own folder"],
  ['a link', 'os.symlink(input["outside"], "a"); context.checkpoint(1, "a")', "a file of the step's own folder"],
  [
    'a second name of a file',
    'os.link(input["outside"], "a"); context.checkpoint(1, "a")',
    "a file of the step's own folder",
  ],
  ['nothing', 'context.checkpoint(1, "a")', "a file of the step's own folder"],
  ['its folder', 'context.checkpoint(1, ".")', "a file of the step's own folder"],
  ['no number', 'open("a", "w").close(); context.checkpoint("1", "a")', 'a number from 0 up'],
])('a checkpoint of %s is refused and ends the child', async (_, line, expected) => {
  const child = await (
    await aPool()
  ).acquire(await aScript(`import os, time\ndef run(input, context):\n    ${line}\n    time.sleep(60)`))
  const workFolder = await temporaryFolder()
  const outside = `${workFolder}-outside`
  await writeFile(outside, 'secret')
  const seen: Checkpoint[] = []
  const input = { outside, name: outside.slice(outside.lastIndexOf('/') + 1) }
  const running = child.run(await aCall({ workFolder, input, onCheckpoint: (checkpoint) => seen.push(checkpoint) }))
  await expect(running).rejects.toMatchObject({
    code: 'task-file-invalid',
    retry: false,
    message: expect.stringContaining(`checkpoint: expected ${expected}, got `),
  })
  expect(seen).toEqual([])
  expect(isAlive(child.identity)).toBe(false)
})

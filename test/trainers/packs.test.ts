import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderOf } from './trainer.ts'

// A pack is one folder, so what both trainers need is in both.
test.each(['graph.py', 'losses.py', 'refusal.py', 'rows.py'])('%s is the same file in both trainers', (name) => {
  const [tabular, torch] = (['tabular', 'torch'] as const).map((program) =>
    readFileSync(join(folderOf(program), name), 'utf8'),
  )
  expect(torch).toBe(tabular)
})

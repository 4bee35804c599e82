import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { missingRequirements } from '../../setup/requirements.mjs'

const machines: readonly (readonly [
  node: string,
  pythons: Readonly<Record<string, string>>,
  faults: readonly string[],
])[] = [
  ['20.19.0', { python3: '3.10.0' }, []],
  ['22.0.0', { python3: '3.14.1' }, []],
  ['20.20.0', { python: '3.11.2' }, []],
  ['20.20.0', { python3: '3.9.9', python: '3.12.0' }, []],
  ['20.18.3', { python3: '3.11.2' }, ['node: expected 20.19 or newer, got 20.18.3']],
  ['18.20.0', { python3: '3.11.2' }, ['node: expected 20.19 or newer, got 18.20.0']],
  ['20.19.0', { python3: '3.9.9' }, ['python: expected 3.10 or newer, got 3.9.9']],
  ['20.19.0', { python: '2.7.18' }, ['python: expected 3.10 or newer, got 2.7.18']],
  ['16.0.0', {}, ['node: expected 20.19', 'python: expected 3.10 or newer, got no python3 on the PATH']],
]

test.each(machines)('node %s with %o has the faults %j', (node, pythons, faults) => {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-requirements-'))
  for (const [name, version] of Object.entries(pythons)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho Python ${version}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const found = missingRequirements({ node, env: { PATH: folder } })
  rmSync(folder, { recursive: true })
  expect(found).toEqual(faults.map((fault) => expect.stringContaining(fault)))
})

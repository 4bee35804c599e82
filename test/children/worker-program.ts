import { ChildPool } from '../../activities/children/pool.ts'
import type { CodeUnit } from '../../activities/children/unit.ts'

// A worker as a process of its own, for tests that kill one: starts the unit given as JSON and says on stdout what it
// prints and which process runs it.

interface Order {
  readonly folder: string
  readonly workFolder: string
  readonly unit: CodeUnit
}

// Written by the test.
const { folder, workFolder, unit } = JSON.parse(process.argv[2] ?? '') as Order
const pool = new ChildPool({ folder, maxIdle: 1 })
const child = await pool.acquire(unit)
await child.run({
  step: 'loop',
  key: '0'.repeat(64),
  input: {},
  workFolder,
  memoryMib: 1024,
  timeoutMillis: 600_000,
  seed: 1,
  onLog: ({ text }) => process.stdout.write(`${JSON.stringify({ ...child.identity, text })}\n`),
})

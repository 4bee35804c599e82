import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { beforeAll, expect, it, onTestFinished, type TestContext } from 'vitest'
import { normalised, withWorker, workplace, type Workplace } from './anneal.ts'
import { DOUBLE } from './pipelines.ts'

let mounts = false

beforeAll(() => {
  // A file system of its own needs rights that a test seldom has outside a container.
  mounts = process.platform === 'linux' && process.getuid?.() === 0 && canMount()
})

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A file system in memory, gone when the test is over. */
function mounted(place: Workplace, options: string): string {
  const folder = place.path('mount')
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder])
  })
  return folder
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

function skipUnlessMounting(context: TestContext): void {
  if (!mounts) context.skip('mounting a file system needs root and CAP_SYS_ADMIN')
}

it('refuses a run where the store is full, and leaves no half of a file', async (context) => {
  skipUnlessMounting(context)
  const place = await withWorker(await workplace({ 'p.ts': DOUBLE }))
  const store = mounted(place, 'size=64k')
  const { code, stdout, stderr } = await place.anneal(['run', 'p.ts'], { ANNEAL_STORE: store })
  expect([code, stdout]).toEqual([4, ''])
  expect(normalised(stderr, place).replace(/"(source-maps|artifacts).*":/, '"<key>":')).toMatchInlineSnapshot(`
    "error store: store object "<key>": put: expected room for it, got ENOSPC
      code      store-full: see \`anneal explain store-full\`
      remedy    free space or raise the quota
    "
  `)
  expect(await filesIn(store)).toEqual([])
})

it('refuses a run where the store may not be written', async (context) => {
  skipUnlessMounting(context)
  const place = await workplace({ 'p.ts': DOUBLE })
  const store = mounted(place, 'ro')
  const { code, stdout, stderr } = await place.anneal(['run', 'p.ts'], { ANNEAL_STORE: store })
  expect([code, stdout]).toEqual([4, ''])
  expect(normalised(stderr, place)).toMatchInlineSnapshot(`
    "error store: store '<project>/mount' cannot be written
      expected  write access
      got       EROFS
      code      store-read-only: see \`anneal explain store-read-only\`
      remedy    check owner and mount, or set \`store\` or \`stateFolder\` in anneal.config.json to another folder
    "
  `)
})

it('refuses a run where the state folder may not be written', async (context) => {
  skipUnlessMounting(context)
  const place = await workplace({ 'p.ts': DOUBLE })
  const state = mounted(place, 'ro')
  const { code, stdout, stderr } = await place.anneal(['run', 'p.ts'], { ANNEAL_STATE_FOLDER: state })
  expect([code, stdout]).toEqual([4, ''])
  expect(normalised(stderr, place)).toMatchInlineSnapshot(`
    "error store: state folder '<project>/mount' cannot be written
      expected  write access
      got       EROFS
      code      store-read-only: see \`anneal explain store-read-only\`
      remedy    check owner and mount, or set \`store\` or \`stateFolder\` in anneal.config.json to another folder
    "
  `)
})

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CliError } from '../../cli/errors.ts'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import { ownIdentity } from '../../store/process-identity.ts'

const GOOD = `echo 'flags: --db-filename --sqlite-pragma --search-attribute --dynamic-config-value'`
const TOO_OLD = `echo 'flags: --db-filename'`
/** As \`go install\` does: puts the program into GOBIN; counts its runs. */
const GO = `echo run >> "$GO_RUNS"\n/bin/sleep 0.5\nprintf '#!/bin/sh\\n%s\\n' "${GOOD}" > "$GOBIN/temporal"`

let home: string
let reported: string[]

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'anneal-binary-'))
  reported = []
})

afterEach(() => rmSync(home, { recursive: true, force: true }))

function script(path: string, body: string): string {
  const file = join(home, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, 0o755)
  return file
}

/** A download that is refused at once: nothing listens on the proxy's port. */
function find(): Promise<string> {
  const proxy = 'http://127.0.0.1:9'
  const env = {
    HOME: home,
    PATH: join(home, 'bin'),
    GO_RUNS: join(home, 'go-runs'),
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
  }
  return findTemporalBinary({ env, report: (line) => reported.push(line) })
}

async function faultOfFind(): Promise<CliError> {
  const answer = await find().catch((thrown: unknown) => thrown)
  if (answer instanceof CliError) return answer
  throw new Error(`expected a CliError, got ${String(answer)}`)
}

const CACHED = '.cache/anneal/temporal/1.5.1/temporal'

test('a temporal on the PATH goes before the cache', async () => {
  const path = script('bin/temporal', GOOD)
  script(CACHED, GOOD)
  expect(await find()).toBe(path)
})

test('a temporal on the PATH that is too old is passed over', async () => {
  script('bin/temporal', TOO_OLD)
  const cached = script(CACHED, GOOD)
  expect(await find()).toBe(cached)
})

test('a cached binary that does not run is built again', async () => {
  script(CACHED, 'exit 1')
  script('bin/go', GO)
  expect(await find()).toBe(join(home, CACHED))
  expect(reported.join('\n')).toContain('downloading')
})

test('two processes that need it at once build it once, and leave nothing beside it', async () => {
  script('bin/go', GO)
  const paths = await Promise.all([find(), find()])
  expect(paths).toEqual([join(home, CACHED), join(home, CACHED)])
  expect(readFileSync(join(home, 'go-runs'), 'utf8')).toBe('run\n')
  expect(readdirSync(join(home, '.cache/anneal/temporal'))).toEqual(['1.5.1'])
  expect(reported.join('\n')).toContain('waiting for another process')
})

test('the lock of a builder that is gone is taken over', async () => {
  script('bin/go', GO)
  const lock = join(home, '.cache/anneal/temporal/1.5.1.lock')
  mkdirSync(dirname(lock), { recursive: true })
  writeFileSync(lock, JSON.stringify({ ...ownIdentity(), startedAt: 'another-life-of-this-pid' }))
  expect(await find()).toBe(join(home, CACHED))
  expect(existsSync(lock)).toBe(false)
})

test('where no way works the error names each one, what it said, and the remedy', async () => {
  script('bin/temporal', TOO_OLD)
  script('bin/go', `echo 'module lookup disabled' >&2; exit 1`)
  const { code, fault } = await faultOfFind()
  expect(code).toBe('tool-missing')
  expect(fault.details).toEqual([
    expect.stringMatching(/^`temporal` on the PATH: .* is too old: .* has no --sqlite-pragma$/),
    'the cache: not there',
    expect.stringMatching(/^download: .+/),
    `build with Go: go install: exit 1, 'module lookup disabled'`,
  ])
  expect(fault.remedy).toContain('TEMPORAL_ADDRESS')
})

test('without Go the error says so', async () => {
  expect((await faultOfFind()).fault.details?.at(-1)).toBe('build with Go: `go` is not on the PATH')
})

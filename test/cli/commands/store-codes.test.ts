import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { artifactKey, sha256Of } from '../../../store/artifacts.ts'
import { createKey } from '../../../store/signing/keys.ts'
import { withWorker, workplace, type Workplace } from './anneal.ts'
import { WAIT } from './pipelines.ts'

/** Reads two files once the file is there that it is told of. */
const READS = `import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { file, localFile, parameter, pipeline, task, z } from 'DSL'
const Done = z.object({ done: z.boolean() })
${WAIT}export const read = task('read', { attempts: 1, input: z.object({ rows: localFile(), after: Done }), output: Done, run: () => ({ done: true }) })
const after = wait({ until: parameter('until', z.string()) }).output
export default pipeline('reads', {
  steps: [read({ rows: file('altered.csv'), after }, { id: 'altered' }), read({ rows: file('gone.csv'), after }, { id: 'gone' })],
})
`

const ENROL = ['approver', 'enroll', 'ann', '--role', 'risk']

async function refusal(place: Workplace, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { code, stdout, stderr } = await place.anneal(args, env)
  expect([code, stdout]).toEqual([4, ''])
  return stderr.replaceAll(/[0-9a-f]{64}/g, '<digest>')
}

it('says what is wrong with the key to sign with', async () => {
  const place = await workplace({})
  const keys = join(place.project.stateFolder, 'keys')
  expect(await refusal(place, ENROL)).toMatchInlineSnapshot(`
    "error store: signing key: expected one in the keys folder, got none
      code      signing-key-missing: see \`anneal explain signing-key-missing\`
      remedy    set \`keys\` in anneal.config.json to the folder that has one
    "
  `)
  await createKey(keys)
  await chmod(join(keys, 'registry.pem'), 0o644)
  expect(await refusal(place, ENROL)).toMatchInlineSnapshot(`
    "error store: signing key: expected mode 0600, got 0644
      code      signing-key-exposed: see \`anneal explain signing-key-exposed\`
      remedy    take all rights of group and others away, and replace the key if others may have read it
    "
  `)
  await writeFile(join(keys, 'registry.pem'), 'none')
  await chmod(join(keys, 'registry.pem'), 0o600)
  expect(await refusal(place, ENROL)).toMatchInlineSnapshot(`
    "error store: signing key: expected a P-256 key as PEM, got something else
      code      signing-key-unusable: see \`anneal explain signing-key-unusable\`
      remedy    make it by \`openssl ecparam -name prime256v1 -genkey\`, public keys by \`openssl ec -pubout\`
    "
  `)
})

it('says what is wrong with a store that is no folder, and with a name that no object can have', async () => {
  const place = await workplace({ file: '' })
  await createKey(join(place.project.stateFolder, 'keys'))
  expect(await refusal(place, ENROL, { ANNEAL_STORE: place.path('file/store') })).toMatchInlineSnapshot(`
    "error store: store object "audit-names/approvers": put: expected it to succeed, got ENOTDIR
      code      store-io: see \`anneal explain store-io\`
      remedy    check the disk
    "
  `)
  expect(await refusal(place, ['services', '../other'])).toMatchInlineSnapshot(`
    "error store: store prefix: expected segments of [A-Za-z0-9._:@=-] joined by "/", none of them "." or "..", the first not "tmp", at most 1024 characters, got "services/../other/"
      code      key-invalid: see \`anneal explain key-invalid\`
      remedy    name it otherwise
    "
  `)
})

it('says which object was altered, and which is gone', { timeout: 120_000 }, async () => {
  const files = { 'p.ts': READS, 'altered.csv': 'altered', 'gone.csv': 'gone' }
  const place = await workplace(files)
  const at = (text: string): string => join(place.project.stateFolder, 'store', artifactKey(sha256Of(text)))
  await mkdir(dirname(at('altered')), { recursive: true })
  await writeFile(at('altered'), 'another')
  await withWorker(place)
  const running = place.start(['run', 'p.ts', '--json', '--param', `until=${place.path('end')}`])
  await running.until(/"wait".*"running"/)
  await rm(at('gone'))
  await place.write({ end: '' })
  const { error } = JSON.parse((await running.said).stderr) as { readonly error: { readonly details: string[] } }
  expect(error).toMatchObject({ code: 'run-failed', codes: ['store-corrupt', 'object-missing'] })
  expect(error.details.join('\n').replaceAll(/[0-9a-f]{64}/g, '<digest>')).toMatchInlineSnapshot(`
    "node "altered": store object "artifacts/4a/<digest>": expected sha256 <digest>, got <digest>; remove it and run again what made it
    node "gone": store object "artifacts/28/<digest>": expected it to be there, got none; run again what made it"
  `)
})

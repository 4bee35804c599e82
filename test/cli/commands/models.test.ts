import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { artifactKey } from '../../../store/artifacts.ts'
import { datasets } from '../../../store/datasets.ts'
import type { ModelVersion } from '../../../store/model-version.ts'
import { openStore } from '../../../store/open-store.ts'
import { registry } from '../../../store/registry.ts'
import { createKey } from '../../../store/signing/keys.ts'
import { anEvaluation, aRegistration, aTraining } from '../../store/a-registration.ts'
import { normalised, workplace, type Workplace } from './anneal.ts'

interface Shop extends Workplace {
  readonly store: string
  readonly version: ModelVersion
}

/** A project with `delay@1` in its registry. */
async function shop(): Promise<Shop> {
  const place = await workplace({})
  const { stateFolder } = place.project
  const store = join(stateFolder, 'store')
  const { objects, artifacts } = openStore(store)
  const signer = await createKey(join(stateFolder, 'keys'))
  const given = await aRegistration(artifacts, { evaluation: anEvaluation(1) })
  const { version } = await registry(objects, artifacts).register(given, signer)
  return { ...place, store, version }
}

async function flip(file: string): Promise<void> {
  await chmod(file, 0o644)
  const bytes = await readFile(file)
  bytes[4] = (bytes[4] ?? 0) ^ 1
  await writeFile(file, bytes)
}

/** Keys differ from test to test. */
function shown(text: string, place: Workplace): string {
  return normalised(text, place).replaceAll(/\b[0-9a-f]{16}\b/g, '<key>')
}

it('lists nothing, shows nothing and verifies nothing where no model is', async () => {
  const place = await workplace({})
  expect(await place.anneal(['models'])).toEqual({
    code: 0,
    stdout: 'no models yet: a run registers one once it has passed its gates\n',
    stderr: '',
  })
  expect(await place.anneal(['datasets', '--json'])).toEqual({ code: 0, stdout: '[]\n', stderr: '' })
  expect(await place.anneal(['verify'])).toMatchObject({ code: 0, stdout: 'no models yet: nothing to verify\n' })
  expect(await place.stored()).toEqual([])
})

it('lists models and shows one on 80 columns', async () => {
  const place = await shop()
  expect((await place.anneal(['models'])).stdout).toMatchInlineSnapshot(`
    "model  versions  task    latest metrics             service  registered
    delay         1  binary  auc 0.7431, log_loss 0.41  delay    2026-01-01 00:00 UTC
    "
  `)
  const { code, stdout } = await place.anneal(['models', 'show', 'delay'])
  expect(code).toBe(0)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(shown(stdout, place)).toMatchInlineSnapshot(`
    "delay@1  binary model of service delay
    registered <time> UTC

    metrics
      metric     value  95 % interval on 2,500 held-out rows
      auc       0.7431  0.73 to 0.756
      log_loss    0.41  0.4 to 0.42

    gates
      passed  overall: 0.7431, at least 0.7
      passed  carrier=AA: 0.71, at least 0.65

    made of
      pipeline     flight-delay, plan <digest>
      run          run:flight-delay:<cause>
      as of        <time> UTC
      parameter    asOf = "2001-04-01T00:00:00Z"
      source       flights, 10,000 rows in 2 parts
                   <time> UTC to <time> UTC
      features     delay-features, 9,800 rows, <digest>
      code         trainer:tabular <digest>
      environment  tabular/uv.lock <digest>
      trained on   7,300 rows, seed 7
      engine       anneal 0.1.0

    files
      name            bytes  sha256
      model.onnx         11  <digest>
      signature.json     13  <digest>
      training.json      16  <digest>

    signed
      key       <digest>
      evidence  <digest>
    "
  `)
})

it('tells as JSON what it tells as text', async () => {
  const { anneal, version } = await shop()
  expect(JSON.parse((await anneal(['models', '--json'])).stdout)).toEqual([version])
  const { stdout } = await anneal(['models', 'show', 'delay@1', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ version, training: aTraining })
})

it('exports a model that verifies elsewhere, by the public key alone', async () => {
  const place = await shop()
  const said = await place.anneal(['models', 'export', 'delay', 'out'])
  expect(said).toEqual({ code: 0, stdout: 'exported delay@1, 3 files, to out\n', stderr: '' })
  const elsewhere = { ANNEAL_KEYS: place.path('nowhere'), ANNEAL_STORE: place.path('nothing') }
  const unknown = await place.anneal(['verify', './out'], elsewhere)
  expect(unknown).toMatchObject({ code: 4, stdout: expect.stringContaining('the signature of a trusted key') })
  const known = await place.anneal(['verify', './out', '--key', 'out/signer.pub'], elsewhere)
  expect(known.code).toBe(0)
  expect(shown(known.stdout, place)).toBe('✓ ./out  3 files, signed by <key>\n')
  const missing = await place.anneal(['verify', './outer'])
  expect(missing).toMatchObject({ code: 2, stdout: '' })
  expect(missing.stderr).toContain('./outer: expected an exported folder, got nothing')
  expect((await place.anneal(['verify', './out/model.sig'])).stderr).toContain(
    'expected an exported folder, got a file',
  )
  await flip(place.path('out/model/model.onnx'))
  const broken = await place.anneal(['verify', './out'])
  expect(broken.code).toBe(4)
  expect(shown(broken.stdout, place)).toMatchInlineSnapshot(`
    "✗ ./out  1 fault
      file      model/model.onnx
      expected  <digest>
      got       <digest>
      remedy    do not use the folder: export the model again
    "
  `)
})

it('refuses to export into a folder that holds something', async () => {
  const place = await shop()
  await place.write({ 'out/note.txt': 'mine' })
  const { code, stdout, stderr } = await place.anneal(['models', 'export', 'delay', 'out'])
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatchInlineSnapshot(`
    "error export-refused: folder "out": expected none or an empty one, got a folder with something in it
      remedy    name another folder
    "
  `)
  expect(await readFile(place.path('out/note.txt'), 'utf8')).toBe('mine')
})

it('verifies the whole store, and names what is broken with what to do', async () => {
  const place = await shop()
  const whole = await place.anneal(['verify'])
  expect([whole.code, shown(whole.stdout, place)]).toEqual([0, '✓ delay@1  3 files, signed by <key>\n'])
  const [model] = place.version.files
  await flip(join(place.store, artifactKey(model?.digest ?? '')))
  const { code, stdout } = await place.anneal(['verify'])
  expect(code).toBe(4)
  expect(shown(stdout, place)).toMatchInlineSnapshot(`
    "✗ delay@1  1 fault
      file      artifacts/f3/<digest> (model.onnx)
      expected  <digest>
      got       <digest>
      remedy    do not use it: restore it from a copy, or train and register the model again
    "
  `)
  const json = await place.anneal(['verify', 'delay@1', '--json'])
  expect(json.code).toBe(4)
  expect(JSON.parse(json.stdout)).toMatchObject([
    { subject: 'delay@1', faults: [{ got: expect.any(String) as string }] },
  ])
})

it('shows and exports nothing that nobody trusted has signed', async () => {
  const place = await shop()
  await rm(join(place.project.stateFolder, 'keys/trusted'), { recursive: true })
  const { code, stdout, stderr } = await place.anneal(['models', 'show', 'delay'])
  expect([code, stdout]).toEqual([4, ''])
  expect(shown(stderr, place)).toMatchInlineSnapshot(`
    "error not-verified: delay@1 does not verify
      where     registry/delay/1
      expected  the signature of a trusted key
      got       <digest>
      remedy    find out who has this key; if you trust them, put their public key into the folder \`trusted\` of the keys folder
    "
  `)
  expect(await place.anneal(['models', 'export', 'delay', 'out'])).toMatchObject({ code: 2, stdout: '' })
})

it('refuses names of models that are not there, or no names', async () => {
  const { anneal } = await shop()
  expect((await anneal(['models', 'show', 'delay@2'])).stderr).toMatchInlineSnapshot(`
    "error model-unknown: "delay@2" is not in the registry
      expected  a version from 1 to 1
      got       "delay@2"
      remedy    list the models with \`anneal models\`
    "
  `)
  expect(await anneal(['verify', 'arrival'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('model-unknown'),
  })
  expect((await anneal(['models', 'show', 'Delay'])).stderr).toMatchInlineSnapshot(`
    "error usage: "Delay" names no version of a model
      expected  a name, or a name and a version: "flight-delay", "flight-delay@3"
      got       "Delay"
      remedy    list the models with \`anneal models\`
    "
  `)
  expect((await anneal(['models', 'show', 'delay', '--jsno'])).stderr).toMatchInlineSnapshot(`
    "error usage: unknown option '--jsno'
      remedy    write --json, or see \`anneal models --help\`
    "
  `)
})

it('lists datasets', async () => {
  const place = await workplace({})
  const span = { first: '2001-01-01T00:01:00.000000Z', last: '2001-03-31T23:59:00.000000Z' }
  const flights = { source: 'flights', digest: aTraining.plan, rows: 1_250_000, parts: 90, span, run: 'r' }
  await datasets(openStore(join(place.project.stateFolder, 'store')).objects).record(flights)
  expect(normalised((await place.anneal(['datasets'])).stdout, place)).toMatchInlineSnapshot(`
    "source   version       rows  parts  span                                          digest
    flights        1  1,250,000     90  <time> UTC to <time> UTC  <digest>
    "
  `)
})

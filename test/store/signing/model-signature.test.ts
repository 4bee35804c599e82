import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256Of } from '../../../store/artifacts.ts'
import { preAuthentication } from '../../../store/signing/dsse.ts'
import { signModel, verifyModelSignature } from '../../../store/signing/model-signature.ts'
import { aSigner, keysOf } from '../a-registration.ts'

const signer = aSigner()
const keys = keysOf(signer)
const files = ['a/z.bin', 'model.onnx', 'training.json'].map((name) => ({ name, digest: sha256Of(name) }))
const IGNORED = ['.git', '.gitattributes', '.github', '.gitignore']
const ROOT = rootOf(files.map(({ digest }) => digest))

function rootOf(digests: readonly string[]): string {
  return createHash('sha256')
    .update(Buffer.from(digests.join(''), 'hex'))
    .digest('hex')
}

type Tree = Record<string, unknown>

/** A payload as the format has it, with changes to predicate, serialization and statement. */
function aPayload({
  resources = files,
  serialization = {},
  predicate = {},
  statement = {},
  root = ROOT,
}: {
  readonly resources?: readonly Tree[]
  readonly serialization?: Tree
  readonly predicate?: Tree
  readonly statement?: Tree
  readonly root?: string
}): Tree {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'model', digest: { sha256: root } }],
    predicateType: 'https://model_signing/signature/v1.0',
    predicate: {
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: IGNORED,
        ...serialization,
      },
      resources: resources.map((resource) => ({ algorithm: 'sha256', ...resource })),
      ...predicate,
    },
    ...statement,
  }
}

/** A bundle over any payload, truly signed. */
function signedBundle(payload: string, change: (bundle: Tree, envelope: Tree) => void = () => {}): string {
  const type = 'application/vnd.in-toto+json'
  const sig = Buffer.from(signer.sign(preAuthentication(type, Buffer.from(payload)))).toString('base64')
  const dsseEnvelope = {
    payload: Buffer.from(payload).toString('base64'),
    payloadType: type,
    signatures: [{ sig, keyid: '' }],
  }
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: signer.keyId }, tlogEntries: [] },
    dsseEnvelope,
  }
  change(bundle, dsseEnvelope)
  return JSON.stringify(bundle)
}

function verdict(bundle: string | Uint8Array): string {
  const checked = verifyModelSignature(Buffer.from(bundle), { file: 'model.sig', keys })
  if ('value' in checked) return 'accepted'
  const { file, expected, got } = checked.fault
  return `${file}: expected ${expected}, got ${got}`
}

const payloadOf = (given: Parameters<typeof aPayload>[0]): string => JSON.stringify(aPayload(given))

test('what is signed here is accepted, and tells files and key', () => {
  const checked = verifyModelSignature(signModel(files, signer), { file: 'model.sig', keys })
  expect(checked).toMatchObject({ value: { keyId: signer.keyId, rootDigest: ROOT } })
  expect('value' in checked && checked.value.files.map(({ name }) => name)).toEqual(files.map(({ name }) => name))
})

test.each([
  ['spaces and line ends in the payload', signedBundle(JSON.stringify(aPayload({}), undefined, 2))],
  [
    'no tlogEntries',
    signedBundle(payloadOf({}), (bundle) => (bundle['verificationMaterial'] = { publicKey: { hint: signer.keyId } })),
  ],
  ['a keyid that is null', signedBundle(payloadOf({}), (_, envelope) => signatureOf(envelope, { keyid: null }))],
  [
    'another order of ignored paths',
    signedBundle(payloadOf({ serialization: { ignore_paths: IGNORED.toReversed() } })),
  ],
  [
    'another name of the subject',
    signedBundle(payloadOf({ statement: { subject: [{ name: 'x', digest: { sha256: ROOT } }] } })),
  ],
])('%s is accepted', (_, bundle) => {
  expect(verdict(bundle)).toBe('accepted')
})

function signatureOf(envelope: Tree, change: Tree): void {
  const [first] = envelope['signatures'] as readonly Tree[]
  envelope['signatures'] = [{ ...first, ...change }]
}

const [first = { name: '', digest: '' }, second = first] = files
const named = (name: string): Parameters<typeof aPayload>[0] => ({
  resources: [{ ...first, name }],
  root: rootOf([first.digest]),
})

const refusedPayloads: readonly (readonly [what: string, payload: string, message: string])[] = [
  [
    'a further ignored path',
    payloadOf({ serialization: { ignore_paths: [...IGNORED, 'evil.so'] } }),
    'ignore_paths no more than',
  ],
  ['fewer ignored paths', payloadOf({ serialization: { ignore_paths: [] } }), 'ignore_paths no more than'],
  ['links allowed', payloadOf({ serialization: { allow_symlinks: true } }), 'allow_symlinks'],
  ['shards', payloadOf({ serialization: { method: 'shards' } }), 'method'],
  ['another hash', payloadOf({ serialization: { hash_type: 'blake2b' } }), 'hash_type'],
  ['an unknown key of the serialization', payloadOf({ serialization: { shard_size: 1 } }), 'no further key'],
  ['no files', payloadOf({ resources: [], root: rootOf([]) }), 'resources'],
  [
    'a file twice',
    payloadOf({ resources: [first, first], root: rootOf([first.digest, first.digest]) }),
    'each file once',
  ],
  [
    'an unsorted list',
    payloadOf({ resources: [second, first], root: rootOf([second.digest, first.digest]) }),
    'code point order',
  ],
  [
    'another algorithm of a file',
    payloadOf({ resources: [{ ...first, algorithm: 'sha512' }] }),
    'resources.0.algorithm',
  ],
  [
    'a digest in capitals',
    payloadOf({ resources: [{ ...first, digest: first.digest.toUpperCase() }] }),
    '64 lower-case',
  ],
  [
    'an unknown key of a file',
    payloadOf({ resources: [{ ...first, size: 1 }] }),
    'no further key at predicate.resources.0',
  ],
  ['the name ""', payloadOf(named('')), 'resources.0.name'],
  ['the name "."', payloadOf(named('.')), 'resources.0.name'],
  ['the name "../x"', payloadOf(named('../x')), 'resources.0.name'],
  ['the name "/x"', payloadOf(named('/x')), 'resources.0.name'],
  ['the name "a//b"', payloadOf(named('a//b')), 'resources.0.name'],
  ['the name "a/./b"', payloadOf(named('a/./b')), 'resources.0.name'],
  ['the name "a/"', payloadOf(named('a/')), 'resources.0.name'],
  ['a name with a backslash', payloadOf(named('a\\b')), 'resources.0.name'],
  ['a name with a zero byte', payloadOf(named('a\0b')), 'resources.0.name'],
  ['a name that is not Unicode', payloadOf(named('a\ud800b')), 'resources.0.name'],
  ['a file of .git', payloadOf(named('.git/config')), 'resources.0.name'],
  ['a .gitignore', payloadOf(named('.gitignore')), 'resources.0.name'],
  [
    'an unknown predicate',
    payloadOf({ statement: { predicateType: 'https://model_signing/signature/v2.0' } }),
    'predicateType',
  ],
  [
    'the legacy predicate',
    payloadOf({ statement: { predicateType: 'https://model_signing/Digests/v0.1' } }),
    'predicateType',
  ],
  ['another kind of statement', payloadOf({ statement: { _type: 'https://in-toto.io/Statement/v0.1' } }), '_type'],
  [
    'two subjects',
    payloadOf({ statement: { subject: [1, 2].map(() => ({ name: 'm', digest: { sha256: ROOT } })) } }),
    'subject',
  ],
  ['no subject', payloadOf({ statement: { subject: [] } }), 'subject'],
  [
    'a further digest of the subject',
    payloadOf({ statement: { subject: [{ name: 'm', digest: { sha256: ROOT, sha1: '0' } }] } }),
    'no further key',
  ],
  ['an unknown key of the predicate', payloadOf({ predicate: { note: '' } }), 'no further key at predicate'],
  ['an unknown key of the statement', payloadOf({ statement: { note: '' } }), 'no further key at the top'],
  ['another root digest', payloadOf({ root: sha256Of('other') }), `root digest ${ROOT}`],
  ['a key twice', payloadOf({}).replace('"subject"', String.raw`"predicateType":"x","subject"`), 'each key once'],
  [
    'a key twice, once escaped',
    payloadOf({}).replace('"subject"', String.raw`"predicate\u0054ype":"x","subject"`),
    'each key once',
  ],
  ['a __proto__', payloadOf({}).replace('{', '{"__proto__":{},'), 'each key once'],
  ['no JSON', 'model', 'each key once'],
]

test.each(refusedPayloads)('%s is refused although it is signed', (_, payload, message) => {
  expect(verdict(signedBundle(payload))).toContain(message)
  expect(verdict(signedBundle(payload))).toMatch(/^model\.sig: expected .+, got .{1,64}$/s)
})

function changed(change: (bundle: Tree, envelope: Tree) => void): string {
  return signedBundle(payloadOf({}), change)
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const pae = preAuthentication('application/vnd.in-toto+json', Buffer.from(payloadOf({})))
const base64url = (text: unknown): string => Buffer.from(String(text), 'base64').toString('base64url')

const refusedBundles: readonly (readonly [what: string, bundle: string | Uint8Array, message: string])[] = [
  [
    'another media type',
    changed((bundle) => (bundle['mediaType'] = 'application/vnd.dev.sigstore.bundle+json;version=0.2')),
    'mediaType',
  ],
  ['no hint', changed((bundle) => (bundle['verificationMaterial'] = { publicKey: {}, tlogEntries: [] })), 'hint'],
  [
    'the hint of another key',
    changed((bundle) => (bundle['verificationMaterial'] = { publicKey: { hint: sha256Of('') } })),
    'the signature of key',
  ],
  [
    'a certificate',
    changed((bundle) => (bundle['verificationMaterial'] = { certificate: { rawBytes: '' } })),
    'verificationMaterial',
  ],
  [
    'a log entry',
    changed((bundle) => (bundle['verificationMaterial'] = { publicKey: { hint: signer.keyId }, tlogEntries: [{}] })),
    'tlogEntries',
  ],
  ['a further key at the top', changed((bundle) => (bundle['note'] = '')), 'no further key at the top'],
  [
    'a further key of the envelope',
    changed((_, envelope) => (envelope['note'] = '')),
    'no further key at dsseEnvelope',
  ],
  ['a message signature', changed((bundle) => delete bundle['dsseEnvelope']), 'dsseEnvelope'],
  ['another payload type', changed((_, envelope) => (envelope['payloadType'] = 'text/plain')), 'payloadType'],
  ['no signature', changed((_, envelope) => (envelope['signatures'] = [])), 'signatures'],
  [
    'two signatures',
    changed((_, envelope) => (envelope['signatures'] = [1, 2].map(() => (envelope['signatures'] as Tree[])[0]))),
    'signatures',
  ],
  ['a keyid', changed((_, envelope) => signatureOf(envelope, { keyid: 'x' })), 'keyid'],
  ['an empty signature', changed((_, envelope) => signatureOf(envelope, { sig: '' })), 'a signature by key'],
  [
    'the signature of another key',
    changed((_, envelope) => signatureOf(envelope, { sig: sign('sha256', pae, privateKey).toString('base64') })),
    'a signature by key',
  ],
  [
    'a signature without encoding of type',
    changed((_, envelope) =>
      signatureOf(envelope, { sig: Buffer.from(signer.sign(Buffer.from(payloadOf({})))).toString('base64') }),
    ),
    'a signature by key',
  ],
  [
    'a payload in base64url',
    changed((_, envelope) => (envelope['payload'] = `${base64url(envelope['payload'])}-_`)),
    'standard base64',
  ],
  [
    'a payload with a line end',
    changed((_, envelope) => (envelope['payload'] = `${String(envelope['payload'])}\n`)),
    'standard base64',
  ],
  ['a key twice', changed(() => {}).replace('{', '{"mediaType":"x",'), 'each key once'],
  ['a byte order mark', `\ufeff${changed(() => {})}`, 'each key once'],
  ['bytes that are no UTF-8', Buffer.concat([Buffer.from(changed(() => {})), Buffer.from([0xff])]), 'each key once'],
  ['a list', '[]', 'at the top'],
  ['nothing', '', 'each key once'],
  ['more than 8 MiB', changed(() => {}) + ' '.repeat(8 * 1024 * 1024), 'each key once'],
]

test.each(refusedBundles)('a bundle with %s is refused', (_, bundle, message) => {
  expect(verdict(bundle)).toContain(message)
})

test('a signature in the form of IEEE P1363 is refused', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const other = {
    ...signer,
    sign: (bytes: Uint8Array) => sign('sha256', bytes, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }),
  }
  const bundle = signModel(files, other)
  const trusted = new Map([[signer.keyId, pair.publicKey]])
  expect(verifyModelSignature(bundle, { file: 'model.sig', keys: trusted })).toHaveProperty('fault')
  const der = signModel(files, { ...signer, sign: (bytes) => sign('sha256', bytes, pair.privateKey) })
  expect(verifyModelSignature(der, { file: 'model.sig', keys: trusted })).toHaveProperty('value')
})

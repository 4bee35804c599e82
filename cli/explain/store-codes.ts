import type { StoreErrorCode } from '../../store/errors.ts'
import type { Explained } from './explained.ts'

/** Of the store, and of the keys beside it. `export-refused` is the command line's too. */
export const STORE_CODES: Readonly<Record<Exclude<StoreErrorCode, 'export-refused'>, Explained>> = {
  'key-invalid': {
    cause: "an object's key, a digest or a packed path has a form that is not allowed",
    remedy: 'rename it',
  },
  'object-missing': {
    cause: 'an object that something refers to is not in the store',
    remedy: 'bring it back from a backup, or run what made it again',
  },
  'store-corrupt': {
    cause: 'bytes in the store are not those that were stored',
    remedy: 'bring the object back from a backup; `anneal verify` names all of them',
  },
  'store-full': { cause: 'the disk or a quota is full', remedy: 'make room; what was under way is tried again' },
  'store-read-only': { cause: 'the store may not be written', remedy: 'give the user that runs anneal the right to' },
  'store-io': {
    cause: 'the disk, or whatever holds the store, answered with another error',
    remedy: "look at the machine's log; what was under way is tried again",
  },
  'source-unreadable': { cause: 'a file that was to be stored cannot be read', remedy: 'give the user the right to' },
  'source-changed': {
    cause: 'a file changed while it was being read',
    remedy: 'put files into place by renaming them, and run again',
  },
  superseded: {
    cause: 'another attempt has taken over what this one was working on',
    remedy: 'nothing: the other one goes on',
  },
  'signing-key-missing': {
    cause: 'there is no private key to sign with: the installation’s, or the person’s that is named',
    remedy: 'bring it back, or enrol the person with another one',
  },
  'signing-key-exposed': {
    cause: 'others than its owner can read a private key, or write the trusted ones',
    remedy: 'give the file mode 600 and its folder 700; make another key if somebody may have read it',
  },
  'signing-key-unusable': {
    cause: 'a key is not a P-256 key as PEM',
    remedy: 'make one with `anneal approver enroll`',
  },
  'registration-invalid': {
    cause: 'a model that was to be registered cannot be: its record would not verify',
    remedy: 'run it again; if it stays, it is a defect',
  },
  'service-state-invalid': {
    cause: 'a state of a service that was to be published cannot be: it would not verify',
    remedy: 'run it again; if it stays, it is a defect',
  },
}

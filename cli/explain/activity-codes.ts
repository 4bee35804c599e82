import type { ActivityErrorCode } from '../../activities/errors.ts'
import type { Explained } from './explained.ts'

type Own = Exclude<ActivityErrorCode, 'source-changed' | 'order-unsigned' | 'signing-key-missing'>

/** Of the nodes of a run. */
export const ACTIVITY_CODES: Readonly<Record<Own, Explained>> = {
  'node-unknown': { cause: 'a run names a node that its plan does not have', remedy: 'start it by `anneal run`' },
  'plan-version': {
    cause: 'a plan was compiled by another version of anneal than the worker’s',
    remedy: 'compile it again, or start a worker of that version',
  },
  'input-missing': {
    cause: 'what a node refers to is not in the output of the node before it',
    remedy: 'correct the reference in the pipeline',
  },
  'input-not-a-list': { cause: 'an `each` refers to what is no list', remedy: 'correct the reference in the pipeline' },
  'result-missing': { cause: 'the result of a node that is done is not in the store', remedy: 'start the run again' },
  'candidates-missing': {
    cause: 'a `best` has nothing to choose from',
    remedy: 'see why the candidates have no result',
  },
  'source-empty': { cause: 'no file matches the glob of a source', remedy: 'correct the glob, or bring the files' },
  'source-outside': {
    cause: 'a source names a place outside of the project',
    remedy: 'name one inside, or let a step bring the files',
  },
  'as-of-invalid': { cause: 'the parameter `asOf` is no instant', remedy: 'write it as 2001-04-01T00:00:00Z' },
  'clock-too-fast': {
    cause: 'by the scaled clock of the run, or of the run before it, a hold would be shorter than five seconds',
    remedy: 'give a lower --speed, or lengthen the hold',
  },
  'metric-not-finite': {
    cause: 'a metric to choose by is no finite number',
    remedy: 'correct the step that answers it',
  },
  'task-not-loadable': { cause: 'a unit of code throws while it is loaded, or has no `run`', remedy: 'correct it' },
  'task-threw': {
    cause: 'the code of a step threw',
    remedy: 'correct the line that is named; the run is tried again if it may help',
  },
  'task-input-invalid': {
    cause: 'the input of a step does not fit its schema, or the step refused it',
    remedy: 'mend the input, or the schema',
  },
  'task-output-invalid': { cause: 'the output of a step does not fit its schema', remedy: 'correct the step' },
  'task-output-not-json': { cause: 'the output of a step has what JSON does not', remedy: 'answer plain values' },
  'task-output-too-large': {
    cause: 'the output of a step is too large to pass on',
    remedy: 'write a file and answer that',
  },
  'task-file-invalid': {
    cause: 'an output names what is not a regular file in the step’s own folder',
    remedy: 'write the file into the current folder',
  },
  'task-timed-out': { cause: 'a step took longer than its timeout', remedy: 'make it faster, or raise `timeout`' },
  'task-out-of-memory': {
    cause: 'a step took more memory than it may',
    remedy: 'take less, or raise `resources.memoryMib`',
  },
  'task-crashed': {
    cause: 'the process of a step ended before it answered',
    remedy: 'see its last lines in the worker’s log; it is tried again',
  },
  'python-missing': { cause: 'no Python of the machine can run the unit', remedy: 'install Python 3.10 or newer' },
  'environment-failed': {
    cause: 'a Python environment cannot be made from its lock file',
    remedy: 'mend the lock file, or the network and the package index',
  },
}

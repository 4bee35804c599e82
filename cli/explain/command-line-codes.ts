import type { CliErrorCode } from '../errors.ts'
import type { Explained } from './explained.ts'

/** Of the command line itself. */
export const COMMAND_LINE_CODES: Readonly<Record<CliErrorCode, Explained>> = {
  internal: {
    cause: 'anneal has a defect',
    remedy: 'run it again with --stack and report what it prints',
  },
  'run-failed': {
    cause: 'a run ended without a verdict: a node failed for good, or somebody ended the run',
    remedy: 'mend what the node says and start the run again; nodes that are done are reused',
  },
  'chaos-failed': {
    cause: 'a run in which something was killed did not end as, or did not leave what, an undisturbed one does',
    remedy:
      'repeat it by its seed; its folder, with store, histories and logs, was kept. If no code of yours writes elsewhere or asks the clock, report it',
  },
  'run-unknown': {
    cause: 'no run has this id, or the Temporal server has forgotten it',
    remedy: 'list the latest runs with `anneal status`',
  },
  'run-over': {
    cause: 'the run has ended, and so cannot be cancelled, decided on or moved to another plan',
    remedy: 'see what it came to with `anneal status RUN`',
  },
  usage: {
    cause: 'the command was not understood, or would make no sense',
    remedy: 'see `anneal COMMAND --help`',
  },
  'config-invalid': {
    cause: '`anneal.config.json` or an `ANNEAL_…` variable has a value that cannot be',
    remedy: 'correct the field that is named; `config/settings.ts` has all of them',
  },
  'file-missing': {
    cause: 'a file that was named is not there',
    remedy: 'check the path: it counts from where you are',
  },
  'load-failed': {
    cause: 'a pipeline file, or a module that it imports, cannot be parsed or throws while it is loaded',
    remedy: 'correct the line that is named',
  },
  'no-pipeline': {
    cause: 'a pipeline file does not export a pipeline by default',
    remedy: 'let it export what pipeline() returns',
  },
  'type-error': {
    cause: 'a pipeline file does not type-check under the strict rules for pipelines',
    remedy: 'correct the types at the places that are named',
  },
  'check-failed': {
    cause: 'a pipeline breaks a rule that types cannot say',
    remedy: 'do what each line says; nothing was stored',
  },
  'task-not-exported': {
    cause: 'a task is not exported from its module, so that a worker could not find it',
    remedy: 'export it',
  },
  'task-not-bundlable': {
    cause: 'a task reaches what cannot travel to a worker: a native module, `import.meta`, a computed import',
    remedy: 'pass it as an input, or write the step in Python with a lock file of its own',
  },
  'script-missing': {
    cause: 'the script of a Python step is not there',
    remedy: 'correct its path, from the pipeline file',
  },
  'packed-file-missing': {
    cause: 'a file that a pipeline names by `file(…)` is not there',
    remedy: 'correct its path, from the pipeline file',
  },
  'trainer-missing': {
    cause: 'a model asks for a training program that does not come with this version',
    remedy: 'train by another one',
  },
  'no-schedule': { cause: 'a pipeline declares no schedule', remedy: 'add `schedule: { … }` to it' },
  'not-schedulable': {
    cause: 'a pipeline that has a schedule has a parameter without a default',
    remedy: 'give it one, or start the runs by hand or by trigger',
  },
  'schedule-unknown': { cause: 'no schedule has this name', remedy: 'list them with `anneal schedule list`' },
  'nothing-to-backfill': { cause: 'the range has no scheduled time', remedy: 'widen it' },
  'no-triggers': { cause: 'a pipeline declares no triggers', remedy: 'add `triggers: { … }` to it' },
  'not-applied': {
    cause: 'a pipeline is named that was never run here',
    remedy: 'name its file, or run it once',
  },
  'trigger-refused': {
    cause: "a trigger's payload does not fit what the pipeline declares, or has no such trigger",
    remedy: 'mend the payload and send it again with the same id',
  },
  'model-unknown': { cause: 'the registry has no such model or version', remedy: 'list them with `anneal models`' },
  'service-unknown': { cause: 'no service has this name', remedy: 'list them with `anneal services`' },
  'nothing-to-roll-back': {
    cause: 'the service has no earlier version to go back to',
    remedy: 'run the pipeline that makes a better one',
  },
  'no-canary': { cause: 'no canary of this service is under way', remedy: 'see `anneal services`' },
  'no-monitor': { cause: 'nothing watches this service', remedy: 'start its monitor with `anneal watch`' },
  'not-comparable': {
    cause: 'what is served cannot be compared with what was trained on: there is no feature table of it here',
    remedy: 'compare where the model was trained',
  },
  'export-refused': {
    cause: 'the folder to export to is not empty, or what would be exported does not verify',
    remedy: 'name an empty folder; if a signature is at fault, find out who can write to the store',
  },
  'init-refused': {
    cause: 'the folder for a new project is not empty, or cannot be made',
    remedy: 'name another folder; nothing was written',
  },
  'order-unsigned': {
    cause: 'a run that somebody has to approve was not ordered by an enrolled person',
    remedy: 'start it with --as PERSON',
  },
  'not-enrolled': {
    cause: "a person's key does not count: it was never enrolled, was revoked, or is another person's",
    remedy: 'enrol it with `anneal approver enroll PERSON --role ROLE`',
  },
  'enrolment-refused': {
    cause: 'a key is already somebody else’s or was revoked, or a person has none to revoke',
    remedy: 'make another key; see `anneal approver list`',
  },
  'not-awaiting': { cause: 'the run asks nobody for anything', remedy: 'see where it is with `anneal status RUN`' },
  'decision-refused': {
    cause: 'a signed decision does not count, for the reason that is named',
    remedy: 'see the table of reasons in docs/approvals.md',
  },
  'move-refused': {
    cause:
      'a run cannot go on by another plan: it changes what has started, or what an approval that is decided rests on',
    remedy: 'start a new run: it reuses all that is done',
  },
  'temporal-unreachable': {
    cause: 'no Temporal server answers at the address of the settings',
    remedy: 'start one with `anneal dev`, or set TEMPORAL_ADDRESS',
  },
  'temporal-failed': {
    cause: 'the Temporal server could not be started, or refused what was asked of it',
    remedy: 'look at its log; `anneal doctor` says what is wrong with this machine',
  },
  'no-deployment': {
    cause: 'workers of several builds can only be told apart where their deployment has a name',
    remedy: 'set ANNEAL_DEPLOYMENT for the command and for all workers; docs/operations.md says when',
  },
  'older-build': {
    cause: 'a newer build is the current one, and what it has gone on with need not replay on an older one',
    remedy: 'install the newer version; where it must be, `temporal worker deployment set-current-version`',
  },
  'no-worker': {
    cause: 'no worker polls the queue of the settings',
    remedy: 'start one with `anneal dev` or `anneal worker`',
  },
  'port-in-use': { cause: 'another program listens on the port', remedy: 'end it, or name another port' },
  'tool-missing': {
    cause: 'a program that is needed is not installed',
    remedy: 'install it; `anneal doctor` says which and how',
  },
  'already-running': { cause: 'another `anneal dev` serves this project', remedy: 'use that one, or end it first' },
  'worker-failed': { cause: 'a worker ended before it was ready', remedy: 'look at its log in the logs folder' },
  'gateway-failed': { cause: 'a gateway ended before it was ready', remedy: 'look at its log in the logs folder' },
  store: { cause: 'the store refused, with the code that is named', remedy: 'see that code' },
  'not-verified': {
    cause: 'something signed is not as it was signed: a changed byte, a missing entry, a key that is not trusted',
    remedy: 'do not use it: find out who can write to the store',
  },
}

/** A change of the workflow code that a run in flight would not survive. */
export interface Mutant {
  readonly what: string
  readonly file: string
  readonly from: string | RegExp
  readonly to: string
}

const SLEEP = "import { sleep } from '@temporalio/workflow'\n"

export const MUTANTS: readonly Mutant[] = [
  {
    what: 'a timer more',
    file: 'run-node.ts',
    from: /^export function runNode\(/m,
    to: `${SLEEP}export const runNode: typeof runNodeLater = (...of) => sleep(1).then(() => runNodeLater(...of))\nfunction runNodeLater(`,
  },
  {
    what: 'another order of nodes',
    file: 'run-state.ts',
    from: 'const ready = nodes.filter(',
    to: 'const ready = nodes.toReversed().filter(',
  },
  { what: 'elements one at a time', file: 'run-each.ts', from: 'WINDOW = 100', to: 'WINDOW = 1' },
  {
    what: 'an ordinary activity in place of a local one',
    file: 'run-node.ts',
    from: 'local.best.',
    to: 'ordinary.best.',
  },
  { what: 'an attribute less', file: 'run-pipeline.ts', from: '  showVerdict(outcome)\n', to: '' },
  {
    what: 'no continuing as new',
    file: 'run-pipeline.ts',
    from: /  if \(run\.moved .*return goOn.*\n/,
    to: '',
  },
  {
    what: 'a run that goes on after a failure',
    file: 'failures.ts',
    from: "run.stopping = isCancellation(error) ? 'cancelled' : 'failed'",
    to: 'run.stopping = false',
  },
  {
    what: 'a wait without its time limit',
    file: 'approval.ts',
    from: '    Math.max(left, RECHECK_MILLIS),\n',
    to: '',
  },
  {
    what: 'a signal that is not recorded',
    file: 'decision-desk.ts',
    from: /await record\(at, envelope, submission\)\.catch.*\n/,
    to: 'note(submission, submission)\n',
  },
  {
    what: 'a child of another type',
    file: 'run-traffic.ts',
    from: 'executeChild(canary,',
    to: "executeChild('traffic',",
  },
  {
    what: 'a cancellation that reaches what takes traffic back',
    file: 'canary.ts',
    from: /CancellationScope\.nonCancellable/g,
    to: 'CancellationScope.cancellable',
  },
  {
    what: 'a canary without its smoke test',
    file: 'canary-steps.ts',
    from: /const smoked = await .*\n/,
    to: "const smoked = { state: 'passed', reason: request + generation } as const\n",
  },
  {
    what: 'a retrain that is only signalled',
    file: 'ask-retrain.ts',
    from: ".signal('retrain', asked)",
    to: '.cancel()',
  },
  {
    what: 'triggers without the pause between them',
    file: 'triggers.ts',
    from: "    if (treated.state === 'started') await sleep(PAUSE, { summary: 'before the next run' })\n",
    to: '',
  },
  { what: 'windows without a look before', file: 'monitor-windows.ts', from: '    await look(monitoring)\n', to: '' },
  {
    what: 'retrains that start nothing',
    file: 'monitor-retrains.ts',
    from: '    await start(decision)\n',
    to: '',
  },
]

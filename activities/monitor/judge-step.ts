import type { FileRef } from '../../data/dataset.ts'
import type { WindowRecord } from '../../store/monitors.ts'
import type { Engine } from '../engine.ts'
import { plain } from '../plain.ts'
import { callUnit } from '../unit-call.ts'
import { driftWindows, missingWindow, type BinnedStep } from './assemble-windows.ts'
import type { Drafting } from './draft-window.ts'
import type { WindowFiles } from './judge-files.ts'
import type { JudgedWindow } from './judge-window.ts'
import type { Chain } from './past-windows.ts'
import type { WatchedModel } from './watched-model.ts'
import { windowReference } from './window-reference.ts'
import { isWhole, stepsOf, type Span, type Step } from './window-steps.ts'

interface Judging extends Drafting {
  readonly model: WatchedModel | null
  readonly step: Step & { readonly sample: string }
  readonly labelled: WindowRecord['labelled']
}

/** Judges all windows that end with a step, in a child: floors and intervals take a while. */
export async function judgeStep(engine: Engine, judging: Judging): Promise<JudgedWindow> {
  const { spec, chain, model, step, place, policy, attempt, key } = judging
  const known = model?.reference ? await windowReference(engine, model.reference, { place, policy }) : null
  const steps = [...chain.windows.map(stepOf), step]
  const binned = await binnedSteps(engine, judging, {
    steps,
    key: known?.key ?? '',
    reference: known?.reference ?? null,
  })
  const { end } = step
  const input: WindowFiles = {
    spec,
    end,
    reference: known && { key: known.key, file: known.file },
    drift: driftWindows(spec, binned, end),
    missing: missingWindow(spec, binned, end),
    quality: qualityFiles(judging),
    steps: steps.map(({ from, end: until, counts }) => ({ from, end: until, counts })),
    previous: chain.last?.checks ?? [],
    isSameModel: chain.last?.model === model?.name,
  }
  const unit = (): ReturnType<Engine['nativeUnit']> => engine.nativeUnit('window')
  // What `judgeWindow` answers.
  return (await callUnit(
    engine,
    { node: place.node, key, unit, isOwn: true, policy, input: plain(input) },
    attempt,
  )) as unknown as JudgedWindow
}

function stepOf({ from, end, counts, sample }: WindowRecord): Judging['step'] {
  return { from: Date.parse(from), end: Date.parse(end), counts, sample }
}

interface Binned {
  readonly steps: readonly Judging['step'][]
  readonly key: string
  readonly reference: Parameters<Drafting['bins']>[2]['reference']
}

/** One after another: a sample is up to a megabyte. Those that no window looks at are left out. */
async function binnedSteps(
  { artifacts }: Engine,
  { spec, bins, step: { end } }: Judging,
  { steps, key, reference }: Binned,
): Promise<readonly BinnedStep[]> {
  const drift = reference === null ? [] : spec.drift.map(({ overMillis }) => 2 * overMillis)
  const missing = spec.missing.length === 0 ? 0 : spec.windows.overMillis
  const binned: BinnedStep[] = []
  for (const step of stepsOf(steps, end, Math.max(missing, ...drift)).steps) {
    binned.push({ from: step.from, end: step.end, bins: await bins(artifacts, step.sample, { reference, key }) })
  }
  return binned
}

/** The labelled rows of the last `over` before the newest step whose outcomes are known. */
function qualityFiles({ spec, chain, model, labelled }: Judging): WindowFiles['quality'] {
  const end = labelled === null ? null : Date.parse(labelled.end)
  const spans = spansOf(chain, labelled)
  const window = end === null ? null : stepsOf(spans, end, spec.windows.overMillis)
  return {
    isWhole: window !== null && isWhole(window),
    end,
    reading: model?.reading ?? { task: 'regression', classes: null },
    model: model?.name ?? '',
    files: window === null || spec.quality.length === 0 ? [] : window.steps.map(({ file }) => file),
  }
}

interface Labelled extends Span {
  readonly file: FileRef
}

/** Each labelled step once, with where it began. */
function spansOf({ windows }: Chain, newest: WindowRecord['labelled']): readonly Labelled[] {
  const began = new Map(windows.map(({ from, end }) => [end, from]))
  const all = [...windows.map(({ labelled }) => labelled), newest].filter((labelled) => labelled !== null)
  const files = new Map(all.map(({ end, file }) => [end, file]))
  return [...files].flatMap(([end, file]) => {
    const from = began.get(end)
    return from === undefined ? [] : [{ from: Date.parse(from), end: Date.parse(end), file: { $file: file } }]
  })
}

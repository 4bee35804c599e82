import { join } from 'node:path'
import { availableParallelism } from 'node:os'
import { loadSettings } from '../../config/settings.ts'
import { disturb, type Disturbed, type DisturbOptions } from '../../cli/chaos/disturb.ts'
import type { Target } from '../../cli/chaos/moments.ts'
import type { Ran } from '../../cli/chaos/run-once.ts'
import { prepareSubject } from '../../cli/chaos/subject.ts'
import { findTemporalBinary } from '../../cli/temporal-server-binary.ts'
import { effectsOf } from '../engine/effects.ts'
import type { Project } from '../engine/project.ts'

export interface Chaos extends Pick<DisturbOptions, 'kills' | 'perRun' | 'seed'> {
  readonly targets: readonly Target[]
}

/** What `anneal chaos` does with the project's `p.ts`, and that no code runs whose result is published. */
export async function chaosOf(project: Project, chaos: Chaos): Promise<Disturbed> {
  const folder = project.stateFolder
  const binary = await findTemporalBinary({ report: () => {} })
  const settings = loadSettings({ from: project.root, env: {} })
  const subject = await prepareSubject(join(project.root, 'p.ts'), {
    settings,
    folder: join(folder, 'origin'),
    param: [],
  })
  return disturb(subject, {
    ...chaos,
    folder,
    binary,
    lanes: availableParallelism(),
    signal: new AbortController().signal,
    examine: lateEffects,
  })
}

/** Code that ran once its result was there. Elements of a list, which have one name, are left out. */
function lateEffects({ place, left }: Ran): readonly string[] {
  const effects = effectsOf(place.folder)
  return left.published.flatMap(({ meta }) => {
    const late = effects.filter(({ name, at }) => name === meta.node && at > Date.parse(meta.finishedAt))
    return late.map(({ at }) => `"${meta.node}" ran at ${at}, after its result of ${meta.finishedAt}`)
  })
}

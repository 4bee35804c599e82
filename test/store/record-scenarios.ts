import { deepStrictEqual, ok } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { checkpoints } from '../../activities/checkpoints.ts'
import type { Plan } from '../../dsl/plan.ts'
import { appendAppliedPlan, readAppliedPlan } from '../../store/applied-plans.ts'
import { artifacts, sha256Of } from '../../store/artifacts.ts'
import { datasets } from '../../store/datasets.ts'
import { monitors } from '../../store/monitors.ts'
import { windowsOf } from '../console/some-windows.ts'
import { sourceOf, type Scenario } from './scenario.ts'

const KEY = sha256Of('key')
const SEGMENT = Buffer.alloc(200_000, 'segment ')
const PLAN = Buffer.from('{"pipeline":"p"}')
const DATASET = { source: 'flights', digest: sha256Of('dataset'), rows: 3, parts: 1, span: null, run: 'r' }
const WINDOWS = windowsOf(2)

/** What is written down of data, plans, training and services that are watched. */
export const recordScenarios = {
  'recording of a dataset': {
    arrange: async () => undefined,
    act: async (store) => {
      await datasets(store).record(DATASET)
    },
    judge: async (store, acted) => {
      const versions = (await datasets(store).versions('flights')).map(({ digest }) => digest)
      deepStrictEqual(versions, acted || versions.length > 0 ? [DATASET.digest] : [])
    },
  },
  'applying of a plan': {
    arrange: async (store) => {
      await artifacts(store).putBytes(PLAN)
    },
    act: async (store) => {
      // All that is read of it here.
      const plan = { pipeline: 'p' } as Plan
      await appendAppliedPlan(store, { plan, planDigest: sha256Of(PLAN) })
    },
    judge: async (store, acted) => {
      const applied = await readAppliedPlan({ objects: store, artifacts: artifacts(store) }, 'p')
      ok(applied !== undefined || !acted)
      if (applied !== undefined) deepStrictEqual(applied.planDigest, sha256Of(PLAN))
    },
  },
  'keeping of a checkpoint': {
    arrange: async (_, root) => {
      mkdirSync(dirname(sourceOf(root)), { recursive: true })
      writeFileSync(sourceOf(root), SEGMENT)
    },
    act: (store, root) =>
      checkpoints({ objects: store, artifacts: artifacts(store) }).keep(KEY, { number: 1, path: sourceOf(root) }),
    judge: async (store, acted) => {
      const latest = await checkpoints({ objects: store, artifacts: artifacts(store) }).latest(KEY)
      ok(latest !== null || !acted)
      if (latest === null) return
      deepStrictEqual(latest, { segment: 1, file: { $file: sha256Of(SEGMENT), name: 'checkpoint' } })
      deepStrictEqual(Buffer.from(await artifacts(store).get(sha256Of(SEGMENT))), SEGMENT)
    },
  },
  "closing of a monitor's window": {
    arrange: async (store) => {
      for (const window of WINDOWS.slice(0, 1)) await monitors(store).append(window)
    },
    act: async (store) => {
      for (const window of WINDOWS.slice(1)) await monitors(store).append(window)
    },
    judge: async (store, acted) => {
      const found = await monitors(store).newest(WINDOWS[0]?.service ?? '', 10)
      deepStrictEqual(found, acted ? WINDOWS : WINDOWS.slice(0, found.length))
    },
  },
} satisfies Record<string, Scenario>

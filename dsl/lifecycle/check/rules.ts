import type { Issue, Rule } from '../../check/issue.ts'
import { approval } from './approval.ts'
import { canary } from './canary.ts'
import { gates } from './gates.ts'
import { labels } from './labels.ts'
import { letterCase } from './letter-case.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'
import { models } from './models.ts'
import { monitor } from './monitor.ts'
import { nodeIds } from './node-ids.ts'
import { production } from './production.ts'
import { retrain } from './retrain.ts'
import { sources } from './sources.ts'
import { splits } from './splits.ts'

const RULES: readonly LifecycleRule[] = [
  sources,
  letterCase,
  models,
  labels,
  splits,
  gates,
  approval,
  production,
  canary,
  monitor,
  retrain,
  nodeIds,
]

/** All that types cannot say about a lifecycle. */
export const lifecycle: Rule = (pipeline, graph): readonly Issue[] => {
  const declared = pipeline.lifecycle
  return declared === undefined ? [] : RULES.flatMap((rule) => rule(declared, pipeline, graph))
}

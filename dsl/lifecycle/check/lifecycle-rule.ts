import type { Issue } from '../../check/issue.ts'
import type { GraphStep } from '../../graph.ts'
import type { Pipeline } from '../../pipeline.ts'
import type { Lifecycle } from '../lifecycle.ts'

export type LifecycleRule = (lifecycle: Lifecycle, pipeline: Pipeline, graph: readonly GraphStep[]) => readonly Issue[]

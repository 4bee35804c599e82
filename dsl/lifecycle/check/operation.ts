import type { Issue, Rule } from '../../check/issue.ts'
import { parametersOf } from '../../parameter-specs.ts'
import { lifecycleParameters } from '../compile-lifecycle.ts'
import type { Trigger } from '../schedule.ts'
import { durations } from './amounts.ts'
import { scheduleIssues } from './schedule.ts'

/** When runs start and what they may take: of pipelines of steps as well. */
export const operation: Rule = (pipeline, graph) => {
  const { schedule, triggers = {}, retention, costCap } = pipeline.operation
  const parameters = [
    ...parametersOf(pipeline, graph).map(({ name }) => name),
    ...Object.keys(pipeline.lifecycle ? lifecycleParameters(pipeline.lifecycle) : {}),
  ]
  return [
    ...scheduleIssues('schedule', schedule),
    ...Object.entries(triggers).flatMap(([name, trigger]) => triggerIssues(name, trigger, parameters)),
    ...durations([
      ['retention.artifacts', retention?.artifacts],
      ['retention.predictions', retention?.predictions],
      ['retention.reports', retention?.reports],
    ]),
    ...hours('costCap.cpuHours', costCap?.cpuHours, 0),
    ...hours('costCap.gpuHours', costCap?.gpuHours, -1),
  ]
}

/** It is part of the ids of the runs that it starts. */
const TRIGGER = /^[a-z][a-z0-9-]{0,62}$/

function triggerIssues(name: string, { payload }: Trigger, parameters: readonly string[]): readonly Issue[] {
  if (!TRIGGER.test(name)) {
    const message = `expected a name of a-z, 0-9 and "-", at most 63, got "${name}"`
    return [{ rule: 'trigger', place: `triggers.${name}`, message, remedy: 'rename it' }]
  }
  const unknown = Object.keys(payload.shape).filter((field) => !parameters.includes(field))
  return unknown.map((field) => ({
    rule: 'trigger',
    place: `triggers.${name}`,
    message: `expected a parameter of the pipeline, got "${field}"`,
    remedy: parameters.length === 0 ? 'the pipeline has no parameters' : `use: ${parameters.join(', ')}`,
  }))
}

function hours(place: string, got: number | undefined, above: number): readonly Issue[] {
  if (got === undefined || (Number.isFinite(got) && got > above && got >= 0)) return []
  const message = `expected a number of hours ${above < 0 ? 'from' : 'above'} 0, got ${got}`
  return [{ rule: 'cost-cap', place, message, remedy: 'change it or leave it out' }]
}

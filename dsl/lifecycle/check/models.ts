import type { Issue } from '../../check/issue.ts'
import type { AnyModel } from '../../model.ts'
import { modelsOf } from '../lifecycle.ts'
import type { LifecycleRule } from './lifecycle-rule.ts'

const NAME = /^[a-z][a-z0-9-]{0,62}$/

/** Models become registry names and node ids; candidates have to be several, each with a name of its own. */
export const models: LifecycleRule = (lifecycle) => {
  const declared = modelsOf(lifecycle)
  return [
    ...declared.flatMap(modelIssues),
    ...('candidates' in lifecycle.train && declared.length < 2 ? [tooFew(declared.length)] : []),
    ...declared.flatMap(({ name }, index) => {
      const twice = declared.findIndex((other) => other.name === name) < index
      return twice ? [named(name, 'expected a name of its own, got one that another candidate has')] : []
    }),
  ]
}

function modelIssues({ name, seed, trainer }: AnyModel): readonly Issue[] {
  const place = `model "${name}"`
  const issue = (message: string): Issue => ({ rule: 'model', place, message, remedy: 'change it' })
  return [
    ...(NAME.test(name) ? [] : [named(name, `expected a name like ${NAME.source}, got "${name}"`)]),
    ...(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31
      ? []
      : [issue(`expected a seed of 0 to 2^31 - 1, got ${seed}`)]),
    ...(Number.isInteger(trainer.gpus) && trainer.gpus >= 0 && trainer.gpus <= 64
      ? []
      : [issue(`expected 0 to 64 GPUs, got ${trainer.gpus}`)]),
  ]
}

function tooFew(count: number): Issue {
  const message = `expected at least two candidates, got ${count}`
  return { rule: 'model', place: 'train', message, remedy: 'write train: the model itself' }
}

function named(name: string, message: string): Issue {
  return { rule: 'model', place: `model "${name}"`, message, remedy: 'rename it' }
}

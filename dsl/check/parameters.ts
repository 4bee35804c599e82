import { digestOf } from '../digest.ts'
import { whyUnsayable } from '../json-schema.ts'
import { parameterSpec, parametersOf } from '../parameter-specs.ts'
import type { ParameterDeclaration } from '../parameter.ts'
import type { Issue, Rule } from './issue.ts'

/** A parameter means one thing in all of a pipeline, and its default is a value that a run could give. */
export const parameters: Rule = (pipeline, graph) => {
  const sayable = parametersOf(pipeline, graph).filter(({ schema }) => whyUnsayable(schema, 'output') === undefined)
  const unfit = sayable.flatMap(unfitDefault)
  return unfit.length > 0 ? unfit : sayable.flatMap((parameter) => clash(parameter, sayable))
}

function unfitDefault({ name, schema, fallback }: ParameterDeclaration): readonly Issue[] {
  const parsed = fallback === undefined ? undefined : schema.safeParse(fallback)
  if (parsed?.error === undefined) return []
  const reasons = parsed.error.issues.map(({ message }) => message).join(', ')
  const message = `expected a default that its schema takes, got: ${reasons}`
  return [
    { rule: 'parameter-default', place: `parameter "${name}"`, message, remedy: 'change the default or the schema' },
  ]
}

function clash(parameter: ParameterDeclaration, all: readonly ParameterDeclaration[]): readonly Issue[] {
  const first = all.find(({ name }) => name === parameter.name) ?? parameter
  if (digestOf(parameterSpec(first)) === digestOf(parameterSpec(parameter))) return []
  const message = 'expected one schema and default, got two declarations that differ'
  return [{ rule: 'parameter-clash', place: `parameter "${parameter.name}"`, message, remedy: 'declare it once' }]
}

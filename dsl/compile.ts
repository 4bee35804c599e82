import { check } from './check.ts'
import { describeIssue } from './check/issue.ts'
import { DslError } from './errors.ts'
import { graphOf, type GraphStep } from './graph.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { lifecycleNodes, lifecycleParameters, lifecycleResults } from './lifecycle/compile-lifecycle.ts'
import { operationOf } from './lifecycle/operation.ts'
import { lower, type Names, packedDigest } from './lower.ts'
import { parameterSpec, parametersOf } from './parameter-specs.ts'
import type { Pipeline } from './pipeline.ts'
import type { Digest, Plan, PlanNode, PythonSpec, TaskSpec } from './plan.ts'
import type { PythonDeclaration, TaskDeclaration } from './step.ts'
import { policyOf } from './step-policy.ts'

/** Digests of what `unitsOf` lists, once it is in the store. */
export interface Packed {
  /** By unit name. */
  readonly code: Readonly<Record<string, Digest>>
  /** By path. */
  readonly files: Readonly<Record<string, Digest>>
}

type Scope = Packed & Names

/** Makes the plan. Throws `check` where `check` finds anything, `not-packed` where a digest is missing. */
export function compile(pipeline: Pipeline, packed: Packed): Plan {
  const issues = check(pipeline)
  if (issues.length > 0) throw new DslError('check', issues.map(describeIssue).join('\n'))
  const { lifecycle } = pipeline
  const graph = graphOf(pipeline)
  const ids = new Map(graph.map(({ id, declaration }) => [declaration, id]))
  const scope: Scope = { ...packed, idOf: (declaration) => ids.get(declaration) ?? declaration.name }
  const parameters = parametersOf(pipeline, graph).map(
    (parameter) => [parameter.name, parameterSpec(parameter)] as const,
  )
  return {
    irVersion: 1,
    pipeline: pipeline.name,
    description: pipeline.description,
    owner: pipeline.owner,
    tags: pipeline.tags,
    environment: pipeline.environment,
    parameters: { ...(lifecycle && lifecycleParameters(lifecycle)), ...Object.fromEntries(parameters) },
    nodes: [
      ...graph.map((step) => nodeOf(step, scope)),
      ...(lifecycle ? lifecycleNodes(lifecycle, pipeline.name, scope) : []),
    ],
    results: [
      ...pipeline.steps.map(({ declaration }) => scope.idOf(declaration)),
      ...(lifecycle ? lifecycleResults(lifecycle) : []),
    ],
    operation: operationOf(pipeline),
  }
}

function nodeOf({ id, needs, declaration }: GraphStep, scope: Scope): PlanNode {
  switch (declaration.kind) {
    case 'task':
      return { id, kind: 'task', needs, spec: taskSpec(declaration, scope), policy: policyOf(declaration.unit.policy) }
    case 'python': {
      const spec = pythonSpec(declaration, scope)
      return { id, kind: 'python', needs, spec, policy: policyOf(declaration.unit.policy) }
    }
    case 'each': {
      const { step } = declaration
      const inner = step.kind === 'task' ? taskSpec(step, scope) : pythonSpec(step, scope)
      const spec = { over: lower(declaration.over, scope), step: inner }
      return { id, kind: 'each', needs, spec, policy: policyOf(step.unit.policy) }
    }
    case 'best': {
      const candidates = lower(declaration.candidates, scope)
      const spec = { candidates, metric: [declaration.by], prefer: declaration.prefer }
      return { id, kind: 'best', needs, spec, policy: policyOf({}) }
    }
  }
}

function taskSpec({ unit, input }: TaskDeclaration, scope: Scope): TaskSpec {
  return { language: 'typescript', code: packedDigest(scope.code, unit.name, 'code'), input: lower(input, scope) }
}

function pythonSpec({ unit, input }: PythonDeclaration, scope: Scope): PythonSpec {
  return {
    language: 'python',
    code: packedDigest(scope.code, unit.name, 'code'),
    script: nameInPack(unit.script),
    input: lower(input, scope),
    inputSchema: jsonSchemaOf(unit.input, 'input'),
    outputSchema: jsonSchemaOf(unit.output, 'output'),
  }
}

/** A script is packed with its folder, so the pack knows it by its last name. */
function nameInPack(script: string): string {
  return script.slice(script.lastIndexOf('/') + 1)
}

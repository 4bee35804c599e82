import { type Bound, placesIn } from './bound.ts'
import type { Pipeline } from './pipeline.ts'
import type { Origin, Place } from './reference.ts'
import type { CodeDeclaration, StepDeclaration } from './step.ts'

/** A step that is to be a node, under the id it has in this pipeline. */
export interface GraphStep {
  readonly id: string
  readonly declaration: StepDeclaration
  /** Ids of the steps whose outputs it reads, in the graph's order. */
  readonly needs: readonly string[]
}

/** Every step that the pipeline lists or reaches by reference: each after what it needs, else in the listed order. */
export function graphOf(pipeline: Pipeline): readonly GraphStep[] {
  const ids = new Map(pipeline.steps.map(({ declaration, id }) => [declaration, id ?? declaration.name]))
  const listed = pipeline.steps.map(({ declaration }) => declaration)
  const order = inOrder([...listed, ...stepsIn(sourcePlaces(pipeline))])
  const ranks = new Map(order.map((declaration, rank) => [declaration, rank]))
  const idOf = (declaration: StepDeclaration): string => ids.get(declaration) ?? declaration.name
  return order.map((declaration) => ({
    id: idOf(declaration),
    declaration,
    needs: needsOf(declaration)
      .toSorted((left, right) => (ranks.get(left) ?? 0) - (ranks.get(right) ?? 0))
      .map(idOf),
  }))
}

/** Every reference in a step, those of an each's inner step included. */
function placesOf(declaration: StepDeclaration): readonly Place[] {
  return boundsOf(declaration).flatMap(placesIn)
}

/** Where every reference of a pipeline begins: those of its steps, then those of its lifecycle's sources. */
export function originsOf(pipeline: Pipeline, graph: readonly GraphStep[]): readonly Origin[] {
  const places = [...graph.flatMap(({ declaration }) => placesOf(declaration)), ...sourcePlaces(pipeline)]
  return places.map(({ origin }) => origin)
}

/** The code that a step runs, if it runs any. */
export function codeOf(declaration: StepDeclaration): CodeDeclaration | undefined {
  if (declaration.kind === 'best') return undefined
  return declaration.kind === 'each' ? declaration.step : declaration
}

function needsOf(declaration: StepDeclaration): readonly StepDeclaration[] {
  return stepsIn(placesOf(declaration))
}

function stepsIn(places: readonly Place[]): readonly StepDeclaration[] {
  return [...new Set(places.flatMap(({ origin }) => (origin.from === 'output' ? [origin.step] : [])))]
}

function sourcePlaces({ lifecycle }: Pipeline): readonly Place[] {
  return Object.values(lifecycle?.sources ?? {}).flatMap(({ at }) => placesIn(at))
}

function boundsOf(declaration: StepDeclaration): readonly Bound[] {
  switch (declaration.kind) {
    case 'task':
    case 'python':
      return [declaration.input]
    case 'each':
      return [declaration.over, declaration.step.input]
    case 'best':
      return [declaration.candidates]
  }
}

/**
 * Depth first, a step after its needs. No step can reach itself: it refers to steps that were there before it was made.
 * An explicit stack, since a chain may be longer than the call stack is deep.
 */
function inOrder(listed: readonly StepDeclaration[]): readonly StepDeclaration[] {
  const done = new Set<StepDeclaration>()
  const stack = listed.toReversed()
  for (let step = stack.at(-1); step !== undefined; step = stack.at(-1)) {
    const open = done.has(step) ? [] : needsOf(step).filter((need) => !done.has(need))
    if (open.length === 0) {
      done.add(step)
      stack.pop()
    }
    stack.push(...open.toReversed())
  }
  return [...done]
}

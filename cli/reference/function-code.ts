import type { ArrowFunctionExpression, Function as NamedFunction, ParamPattern, TSSignature, TSType } from 'oxc-parser'
import { codeOf, type ModuleText } from './module-text.ts'

type Callable = NamedFunction | ArrowFunctionExpression

/** The function's head as a declaration without a body. */
export function functionCode(
  name: string,
  { typeParameters, params, returnType }: Callable,
  module: ModuleText,
): string {
  const generics = typeParameters ? codeOf(module, typeParameters) : ''
  const given = params.map((parameter) => parameterCode(parameter, module)).join(', ')
  return `function ${name}${generics}(${given})${returnType ? codeOf(module, returnType) : ''}`
}

/** What the types that are written out in the function's parameters are of. */
export function literalsOf({ params }: Callable): readonly TSSignature[] {
  return params.flatMap((parameter) => {
    const type = typeOf(parameter)
    return type?.type === 'TSTypeLiteral' ? type.members : []
  })
}

/** A default makes it optional; an object that is taken apart is called `options`. */
function parameterCode(parameter: ParamPattern, module: ModuleText): string {
  const bound = boundBy(parameter)
  const type = typeOf(parameter)
  if (bound.type !== 'ObjectPattern' && bound === parameter) return codeOf(module, parameter)
  const name = bound.type === 'Identifier' ? bound.name : 'options'
  return `${name}${bound === parameter ? '' : '?'}: ${type === undefined ? 'unknown' : codeOf(module, type)}`
}

function typeOf(parameter: ParamPattern): TSType | undefined {
  const bound = boundBy(parameter)
  return 'typeAnnotation' in bound ? bound.typeAnnotation?.typeAnnotation : undefined
}

/** What stands before the default. */
function boundBy(parameter: ParamPattern): ParamPattern {
  return parameter.type === 'AssignmentPattern' ? parameter.left : parameter
}

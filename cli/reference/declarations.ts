import { readFileSync } from 'node:fs'
import { type Directive, parseSync, type Statement, type TSSignature } from 'oxc-parser'
import { functionCode, literalsOf } from './function-code.ts'
import { codeOf, docBefore, type ModuleText } from './module-text.ts'

/** A function or type at the top of a module, as its author has written it. */
export interface Declared {
  readonly name: string
  /** Its doc comment as one paragraph; empty where it has none. */
  readonly doc: string
  /** TypeScript without body and comments; of an interface its first line. */
  readonly signature: string
  /** Of an interface, and of the parameters that a function has written out as a literal type. */
  readonly members: readonly Member[]
}

/** A field, an option or a method. */
export interface Member {
  readonly kind: 'field' | 'method'
  readonly text: string
  readonly doc: string
}

/** By name, exported or not. */
export function declarationsOf(path: string): ReadonlyMap<string, Declared> {
  const text = readFileSync(path, 'utf8')
  const { program, comments } = parseSync(path, text)
  const module = { text, comments }
  const declared = program.body.flatMap((statement) => declaredBy(statement, module))
  return new Map(declared.map((one) => [one.name, one]))
}

function declaredBy(statement: Directive | Statement, module: ModuleText): readonly Declared[] {
  const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
  const doc = docBefore(module, statement)
  switch (node?.type) {
    case 'FunctionDeclaration': {
      if (node.id === null) return []
      const { name } = node.id
      const literals = literalsOf(node)
      return [{ name, doc, signature: functionCode(name, node, module), members: membersOf(literals, module) }]
    }
    case 'VariableDeclaration':
      return node.declarations.flatMap(({ id, init }) =>
        id.type === 'Identifier' && init?.type === 'ArrowFunctionExpression'
          ? [{ name: id.name, doc, signature: functionCode(id.name, init, module), members: [] }]
          : [],
      )
    case 'TSInterfaceDeclaration': {
      const signature = codeOf(module, { start: node.start, end: node.body.start }).trim()
      return [{ name: node.id.name, doc, signature, members: membersOf(node.body.body, module) }]
    }
    case 'TSTypeAliasDeclaration':
      return [{ name: node.id.name, doc, signature: codeOf(module, node), members: [] }]
    default:
      return []
  }
}

/** Without the keys that are symbols: those are for the compiler alone. */
function membersOf(signatures: readonly TSSignature[], module: ModuleText): readonly Member[] {
  return signatures.flatMap((signature): readonly Member[] => {
    if ('computed' in signature && signature.computed) return []
    const kind = signature.type === 'TSPropertySignature' ? 'field' : 'method'
    const text = codeOf(module, signature)
      .replaceAll(/\s+/g, ' ')
      .replace(/^readonly |;$/g, '')
    return [{ kind, text, doc: docBefore(module, signature) }]
  })
}

import { join } from 'node:path'
import { format } from 'prettier'
import { type Declared, declarationsOf, type Member } from './declarations.ts'
import { STAGES } from './stages.ts'

const DSL = join(import.meta.dirname, '../../dsl')

/** One stage with what is declared for it. */
export interface DeclaredStage {
  readonly title: string
  readonly said: string
  readonly declared: readonly Declared[]
}

/** Throws where a module does not declare what `STAGES` has of it. */
export function declaredStages(): readonly DeclaredStage[] {
  return STAGES.map(({ title, said, modules }) => ({
    title,
    said,
    declared: modules.flatMap(([module, ...names]) => {
      const declarations = declarationsOf(join(DSL, module))
      return names.map((name) => {
        const found = declarations.get(name)
        if (found === undefined) throw new Error(`${module}: expected a declaration of ${name}, got none`)
        return found
      })
    }),
  }))
}

/** `docs/dsl.md`, in the form that `prettier --check` asks for. */
export function referencePage(): Promise<string> {
  const page = `# Reference of the language

Every function and type of \`dsl/index.ts\`, and those that their options are made of, with what the code says of each, in the order of
[language.md](language.md), which has examples. Types of options have no name to import: they are written as literals. A \`DslError\` is
thrown while the pipeline's file is loaded; all other rules are told by \`anneal plan\`. This page is made by
\`node setup/run.mjs cli/reference/write-page.ts\`.
${declaredStages().map(stageText).join('')}`
  return format(page, { parser: 'markdown', semi: false, singleQuote: true, printWidth: 120 })
}

function stageText({ title, said, declared }: DeclaredStage): string {
  return `\n## ${title}\n\n${said}\n${declared.map(declaredText).join('')}`
}

/** An interface is told by its members; those without a word of their own are for the engine. */
function declaredText({ name, doc, signature, members }: Declared): string {
  const code = signature.startsWith('interface ') ? `\`${signature}\`` : `\`\`\`ts\n${signature}\n\`\`\``
  const told = members.filter((member) => member.kind === 'method' || member.doc !== '')
  return `\n### ${name}\n\n${code}\n\n${doc}\n\n${told.map(memberText).join('\n')}\n`
}

function memberText({ text, doc }: Member): string {
  return doc === '' ? `- \`${text}\`` : `- \`${text}\`: ${doc}`
}

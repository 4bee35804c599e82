const LANGUAGE = { extends: 'anneal/tsconfig.pipelines.json', include: ['pipelines'] }

/** The files of a project that npm would not carry, or that depend on how anneal got here; by name. */
export function projectFiles({ name, dependency }: { readonly name: string; readonly dependency: string }): Files {
  const manifest = { name, private: true, type: 'module', dependencies: { anneal: dependency } }
  return {
    'package.json': json(manifest),
    'tsconfig.json': json(LANGUAGE),
    '.gitignore': 'node_modules/\n.anneal/\n',
    '.npmrc': NPM,
  }
}

type Files = Readonly<Record<string, string>>

const NPM = `save-exact=true
# anneal needs no install script of its dependencies; one would fetch CUDA libraries, hundreds of megabytes.
ignore-scripts=true
`

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** A name that npm accepts, made of a folder's. */
export function projectName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  // A package cannot depend on one of its own name.
  return name === '' || name === 'anneal' ? 'pipelines' : name
}

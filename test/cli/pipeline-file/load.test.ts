import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { engineProgram } from '../../../store/engine-program.ts'
import { projectFolder } from './project-folder.ts'

const [NODE, ...LOAD] = engineProgram('test/cli/pipeline-file/load-program.ts')

/** Loads a file as the command does, in a process of its own: messages and stacks hang on the loader. */
async function loadFault(source: string): Promise<unknown> {
  const { path, project } = await projectFolder({ 'p.ts': source })
  const { stdout } = await promisify(execFile)(NODE, [...LOAD, path('p.ts'), JSON.stringify(project)])
  return JSON.parse(stdout)
}

it('names the place of a syntax error', async () => {
  expect(await loadFault('export const a = {\n  b: 1,,\n}\n')).toEqual({
    message: 'p.ts: expected it to load, got TransformError: Expected identifier but found ","',
    where: 'p.ts:2:8',
    remedy: 'correct the line named; --stack shows the whole stack',
    details: ['  2 |   b: 1,,', '             ^'],
  })
})

it("names the author's line of an exception, types and comments counted", async () => {
  const source =
    '// one\ninterface A { b: number }\n\nfunction fail(a: A): never { throw new TypeError(`bad ${a.b}`) }\nexport default fail({ b: 1 })\n'
  expect(await loadFault(source)).toMatchObject({
    message: 'p.ts: expected it to load, got TypeError: bad 1',
    where: 'p.ts:4:36',
  })
})

it('names a package that is not installed without a path of this machine', async () => {
  expect(await loadFault("import { x } from 'no-such-package'\nexport default x\n")).toMatchObject({
    message: "p.ts: expected it to load, got Error: Cannot find package 'no-such-package' imported from p.ts",
    where: 'p.ts',
  })
})

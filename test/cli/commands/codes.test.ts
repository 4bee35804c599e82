import { symlink } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { flightsPipeline } from '../../batch/flights-pipeline.ts'
import { type Said, workplace } from './anneal.ts'
import { changed, DOUBLE } from './pipelines.ts'

it.each([
  ['no-triggers', ['trigger', 'p.ts', 'go', '--payload', '{}']],
  ['no-schedule', ['schedule', 'create', 'p.ts']],
  ['no-deployment', ['deploy']],
  ['schedule-unknown', ['schedule', 'pause', 'nothing', '--reason', 'why']],
  ['not-applied', ['trigger', 'nothing', 'go', '--payload', '{}']],
  ['service-unknown', ['services', 'nothing']],
  ['service-unknown', ['monitor', 'nothing']],
  ['service-unknown', ['parity', 'nothing']],
  ['no-monitor', ['watch', 'nothing']],
  ['model-unknown', ['models', 'show', 'nothing']],
  ['run-unknown', ['status', 'run:small:nothing']],
  ['enrolment-refused', ['approver', 'revoke', 'nobody', '--reason', 'why']],
] as const)('%s is what `anneal %j` answers, in a few lines with a remedy', async (expected, args) => {
  const place = await workplace({ 'p.ts': DOUBLE })
  expect(refusalOf(await place.anneal(args))).toEqual([2, '', expected, true])
})

it('refuses files whose parts cannot be found, each by its code', async () => {
  const lightgbm = "tabular({ algorithm: 'lightgbm' })"
  const place = await workplace({
    'task-not-exported.ts': changed(DOUBLE, 'export const double', 'const double'),
    'script-missing.ts': inPython('none.py'),
    'trainer-missing.ts': changed(flightsPipeline(), lightgbm, `{ ...${lightgbm}, program: 'quantum' as 'tabular' }`),
    'source-unreadable.ts': inPython('py/step.py'),
    'py/step.py': '',
    'py/requirements.txt': '',
  })
  await symlink(place.path('nowhere'), place.path('py/link'))
  for (const code of ['task-not-exported', 'script-missing', 'trainer-missing'])
    expect(refusalOf(await place.anneal(['plan', `${code}.ts`]))).toEqual([2, '', code, true])
  expect((await place.anneal(['plan', 'source-unreadable.ts'])).stderr).toMatchInlineSnapshot(`
    "error store: file "link": expected a regular file, got another kind
      code      source-unreadable: see \`anneal explain source-unreadable\`
      remedy    take it out of the folder
    "
  `)
})

it('says that npm is missing where a project is to be laid', async () => {
  const place = await workplace({})
  expect(refusalOf(await place.anneal(['init', 'new'], { PATH: '' }))).toEqual([3, '', 'tool-missing', true])
})

function inPython(script: string): string {
  return `import { pipeline, python, z } from 'DSL'
const step = python('step', { script: '${script}', input: z.object({}), output: z.object({}) })
export default pipeline('small', { steps: [step({})] })
`
}

/** What a refusal comes to: nothing on stdout, its code in front, and what to do. */
function refusalOf({ code, stdout, stderr }: Said): readonly [number | null, string, string | undefined, boolean] {
  return [code, stdout, /^error (\S+): /.exec(stderr)?.[1], /^ {2}remedy {4}\S/m.test(stderr)]
}

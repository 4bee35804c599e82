import { expect, it } from 'vitest'
import { isOlder, ownBuild } from '../../config/build.ts'

it.each([
  ['0.1.0-a', '0.1.1-a', true],
  ['0.1.9-a', '0.1.10-a', true],
  ['0.9.0-a', '1.0.0-a', true],
  ['1.0.0-a', '0.9.9-a', false],
  ['0.1.0-b', '0.1.0-a', false],
  ['0.1.0-a', '0.1.0-b', false],
])('%s is older than %s: %s', (build, than, wanted) => {
  expect(isOlder(build, than)).toBe(wanted)
})

it('a build is named by version and workflow code', async () => {
  expect(await ownBuild()).toMatch(/^\d+\.\d+\.\d+-[0-9a-f]{16}$/)
  expect(await ownBuild()).toBe(await ownBuild())
})

import { randomUUID } from 'node:crypto'
import { Connection } from '@temporalio/client'
import { expect, inject, onTestFinished, test } from 'vitest'
import { rollOut } from '../../cli/deploy/roll-out.ts'
import { ownBuild } from '../../config/build.ts'
import { loadSettings } from '../../config/settings.ts'
import { workplace } from '../cli/commands/anneal.ts'

test('a build that no worker has is not made the current one, and the error says what to start', async () => {
  const address = inject('temporalAddress')
  const connection = await Connection.connect({ address })
  onTestFinished(() => connection.close())
  const settings = loadSettings({ env: { TEMPORAL_ADDRESS: address, ANNEAL_DEPLOYMENT: `none-${randomUUID()}` } })
  await expect(rollOut(connection.workflowService, settings, { waitMillis: 500 })).rejects.toMatchObject({
    code: 'no-worker',
    fault: {
      message: `no worker is of build ${await ownBuild()}`,
      got: 'none that the server knew of within 0.5 s',
      details: [expect.stringMatching(/^Temporal answered with an error: ./)],
      remedy: expect.stringContaining('anneal worker'),
    },
  })
})

test('a namespace that is not there is not taken for a missing worker', async () => {
  const { anneal } = await workplace({})
  const said = await anneal(['deploy'], { TEMPORAL_NAMESPACE: 'nowhere', ANNEAL_DEPLOYMENT: 'own' })
  expect(said.code).toBe(3)
  expect(said.stderr).toMatch(/^error temporal-failed: [^]*set TEMPORAL_NAMESPACE/)
})

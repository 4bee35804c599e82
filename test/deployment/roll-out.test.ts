import { randomUUID } from 'node:crypto'
import { Connection } from '@temporalio/client'
import { expect, inject, onTestFinished, test } from 'vitest'
import { rollOut } from '../../cli/deploy/roll-out.ts'
import { ownBuild } from '../../config/build.ts'
import { loadSettings } from '../../config/settings.ts'

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
      remedy: expect.stringContaining('anneal worker'),
    },
  })
})

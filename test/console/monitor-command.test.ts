import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { openStore } from '../../store/open-store.ts'
import { createKey } from '../../store/signing/keys.ts'
import { workplace, type Workplace } from '../cli/commands/anneal.ts'
import { SERVICE } from './some-windows.ts'
import { storeHistory } from './stored-history.ts'

/** A project in whose store so many days of the flight delays' service are. */
async function aPlace(days: number): Promise<Workplace> {
  const place = await workplace({})
  const { stateFolder } = place.project
  await storeHistory(openStore(`${stateFolder}/store`), await createKey(`${stateFolder}/keys`), days)
  return place
}

it('tells by its exit code whether an alert stands', async () => {
  const [alerted, quiet] = await Promise.all([aPlace(42), aPlace(8)])
  const { code, stdout, stderr } = await alerted.anneal(['monitor', SERVICE, '--last', '3'])
  expect([code, stderr]).toEqual([1, ''])
  expect(stdout).toMatch(/^flight-delay\n {2}state {7}1 alert stands\n/)
  expect(stdout).toMatch(/origin_late_7d PSI +at most 0\.21 +0\.76! +0\.90! +1\.04!\n/)
  expect(await alerted.anneal(['monitor'])).toMatchObject({ code: 1, stdout: expect.stringContaining('1 alert') })
  expect(await quiet.anneal(['monitor'])).toMatchObject({ code: 0, stdout: expect.stringContaining('quiet') })
})

it('answers as JSON, and writes the page', async () => {
  const place = await aPlace(42)
  const { code, stdout, stderr } = await place.anneal(['monitor', SERVICE, '--last', '2', '--json', '--page', 'p.html'])
  expect([code, stderr]).toEqual([1, 'wrote p.html\n'])
  expect(JSON.parse(stdout)).toMatchObject({
    service: SERVICE,
    stable: 'flight-delay@1',
    state: 'alert',
    alerts: [
      {
        check: { kind: 'drift', of: 'origin_late_7d', measure: 'psi', breaches: 11 },
        since: '2001-05-03T00:00:00.000Z',
      },
    ],
    windows: [{ number: 41 }, { number: 42 }],
    entries: [{ kind: 'alert' }, { kind: 'retrain', body: { state: 'ordered' } }],
  })
  expect(await readFile(place.path('p.html'), 'utf8')).toContain('in 42 windows')
})

it('refuses what it cannot do, and says what to do instead', async () => {
  const place = await workplace({})
  expect(await place.anneal(['monitor'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^no services yet/) })
  expect(await place.anneal(['monitor', 'nobody'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/service "nobody" is not known/),
  })
  expect(await place.anneal(['monitor', '--page', 'p.html'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--page: expected a service/),
  })
})

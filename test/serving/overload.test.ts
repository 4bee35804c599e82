import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventually } from '../engine/eventually.ts'
import { aServiceRig, LOGARITHM, NEGATIVE, SERVICE } from './a-service.ts'
import { numbers, post } from './requests.ts'

const THOUSAND = numbers(...Array.from({ length: 1000 }, (_, row) => row + 1))

/** The processes of models that this one has started, the oldest first. */
function modelProcesses(): readonly number[] {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurs(name))
  return children.map(Number).toSorted((one, other) => one - other)
}

function isOurs(pid: string): boolean {
  try {
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('model-program')
  } catch {
    // It has ended since.
    return false
  }
}

test('beyond what may wait requests are sent away with when to come again, the others are answered', async () => {
  const rig = await aServiceRig()
  await rig.publish({ stable: await rig.register('negative', NEGATIVE) })
  const { address } = await rig.start()
  const [model = 0] = modelProcesses()
  process.kill(model, 'SIGSTOP')
  const sent = Array.from({ length: 10 }, () =>
    fetch(`${address}/v2/models/${SERVICE}/infer`, { method: 'POST', body: JSON.stringify(THOUSAND) }),
  )
  const shed: Response[] = []
  for (const one of sent) void one.then((response) => shed.push(response))
  // Four wait, and one or two are with the model: which of them come before the first batch goes is up to the machine.
  await eventually('those beyond are sent away', () => shed.length >= 4)
  for (const response of shed) {
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    const error = 'queue: expected at most 4096 rows to wait, got more; ask again later'
    expect(await response.json()).toEqual({ error })
  }
  process.kill(model, 'SIGCONT')
  const statuses = (await Promise.all(sent)).map(({ status }) => status)
  const [answered, refused] = [200, 503].map((wanted) => statuses.filter((status) => status === wanted).length)
  expect(answered).toBeOneOf([4, 5, 6])
  expect(refused).toBe(10 - (answered ?? 0))
  expect((await post(address, numbers(1))).status).toBe(200)
})

test('a model that hangs is ended and started again; another one beside it answers all the while', async () => {
  const rig = await aServiceRig()
  const [stable, candidate] = [await rig.register('negative', NEGATIVE), await rig.register('logarithm', LOGARITHM)]
  await rig.publish({ stable })
  const { address } = await rig.start()
  const [good] = modelProcesses()
  await rig.publish({ stable, candidate: { ...candidate, share: 0 }, until: '2099-01-01T00:00:00.000Z' })
  const hanging = await eventually('the candidate has a process', () => modelProcesses().find((pid) => pid !== good))
  const path = '/versions/logarithm@1/infer'
  await eventually('it answers', async () => (await post(address, numbers(1), { path })).status === 200)
  process.kill(hanging, 'SIGSTOP')
  const stuck = post(address, numbers(1), { path })
  let answers = 0
  const isOver = stuck.then(() => true)
  while (
    !(await Promise.race([isOver, post(address, numbers(2)).then(({ status }) => (expect(status).toBe(200), false))]))
  )
    answers += 1
  expect(answers).toBeGreaterThan(100)
  expect(await stuck).toEqual({
    status: 500,
    answer: { error: 'model: expected a prediction, got the end of its process' },
  })
  await eventually('it answers again', async () => (await post(address, numbers(1), { path })).status === 200)
  expect(rig.facts).toContainEqual({ event: 'model-ended', model: 'logarithm', version: 1 })
})

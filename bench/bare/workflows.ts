import { proxyActivities } from '@temporalio/workflow'
import type * as activities from './activities.ts'

const { noOp } = proxyActivities<typeof activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
})

/** `length` activities one after the other. */
export async function bareChain(length: number): Promise<number> {
  let step = 0
  for (let done = 0; done < length; done += 1) step = await noOp(step)
  return step
}

/** `width` activities at once. */
export async function bareFanOut(width: number): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: width }, (_, step) => noOp(step)))
}

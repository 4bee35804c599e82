import type { ApprovalStatus } from '../../workflows/run-status.ts'
import type { Progress } from './progress.ts'

/** Progress that stops while somebody is asked for an approval, once for each, and is drawn below the answer then. */
export function attended(picture: () => Progress, attend: (asked: ApprovalStatus) => Promise<void>): Progress {
  const told = new Set<string>()
  let drawn = picture()
  let isAsking = false
  return {
    show: (status) => {
      if (isAsking) return
      drawn.show(status)
      const asked = status?.approvals.find(({ nonce }) => !told.has(nonce))
      if (asked === undefined) return
      told.add(asked.nonce)
      isAsking = true
      void attend(asked).finally(() => {
        isAsking = false
        drawn = picture()
      })
    },
  }
}

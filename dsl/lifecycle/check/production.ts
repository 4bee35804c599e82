import type { LifecycleRule } from './lifecycle-rule.ts'

/** In production no model gets traffic that nobody has signed for. */
export const production: LifecycleRule = ({ approval, canary }, { environment }) => {
  if (environment !== 'production' || approval !== undefined || canary === undefined) return []
  const traffic = canary === 'direct' ? 'direct traffic' : 'a canary'
  const message = `expected an approval before ${traffic} in production, got none`
  return [
    { rule: 'production', place: 'approval', message, remedy: 'add approval: { … } or set environment: "staging"' },
  ]
}

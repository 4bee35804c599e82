import { createHash } from 'node:crypto'
import { ALL_TRAFFIC } from '../store/generation.ts'

/** Of 2^48 hashes each basis point gets as many as the others, but for one in 10^10. */
const HASH_BYTES = 6

/** Whether a key is the candidate's: the same answer wherever and whenever it is asked, and with a growing share once yes, always yes. */
export function isCandidates(key: string, { salt, share }: { readonly salt: string; readonly share: number }): boolean {
  if (share === 0 || share === ALL_TRAFFIC) return share === ALL_TRAFFIC
  const hash = createHash('sha256').update(`${salt}\n${key}`).digest()
  return hash.readUIntBE(0, HASH_BYTES) % ALL_TRAFFIC < share
}

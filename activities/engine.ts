import type { Digest, StepSpec } from '../dsl/plan.ts'
import type { Artifacts } from '../store/artifacts.ts'
import type { ProcessIdentity } from '../store/process-identity.ts'
import type { KeptResults } from '../store/kept-results.ts'
import type { ChildPool } from './children/pool.ts'
import type { CodeUnit } from './children/unit.ts'
import type { LoadedOrder } from './order.ts'

/** What the activities of one worker process work with. Made once, in `worker/`. */
export interface Engine {
  readonly artifacts: Artifacts
  readonly results: KeptResults
  readonly pool: ChildPool
  readonly worker: ProcessIdentity
  /** A claim whose holder shows no sign of life for this long is taken over. */
  readonly leaseMillis: number
  /** Holds the children's records and, while a step runs, its working folder. */
  readonly workFolder: string
  /** A step's code on this machine, ready for a child to load. */
  readonly codeUnit: (step: StepSpec) => Promise<CodeUnit>
  readonly order: (digest: Digest) => Promise<LoadedOrder>
  /** Whether any worker polls a task queue for activities. */
  readonly isPolled: (taskQueue: string) => Promise<boolean>
}

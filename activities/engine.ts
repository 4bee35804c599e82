import type { Digest, StepSpec } from '../dsl/plan.ts'
import type { Artifacts } from '../store/artifacts.ts'
import type { Datasets } from '../store/datasets.ts'
import type { AuditLog } from '../store/audit.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { ProcessIdentity } from '../store/process-identity.ts'
import type { Registry } from '../store/registry.ts'
import type { Signer, TrustedKeys } from '../store/signing/dsse.ts'
import type { KeptResults } from '../store/kept-results.ts'
import type { WindowRecord } from '../store/monitors.ts'
import type { ChildPool } from './children/pool.ts'
import type { CodeUnit } from './children/unit.ts'
import type { NativeName } from './native-units.ts'
import type { EachAt } from './elements.ts'
import type { LoadedOrder } from './order.ts'
import type { NodeRequest } from './requests.ts'
import type { StepFolders } from './step-folders.ts'
import type { Turns } from './turns.ts'

/** What the activities of one worker process work with. Made once, in `worker/`. */
export interface Engine {
  readonly objects: ObjectStore
  readonly artifacts: Artifacts
  readonly results: KeptResults
  readonly pool: ChildPool
  readonly worker: ProcessIdentity
  /** A claim whose holder shows no sign of life for this long is taken over. */
  readonly leaseMillis: number
  /** Holds the children's records and the steps' working folders. */
  readonly workFolder: string
  readonly folders: StepFolders
  /** Of the steps on the base queue: a worker takes more of them than it has processes run at once. */
  readonly lightTurns: Turns
  /** A step's code on this machine, ready for a child to load. */
  readonly codeUnit: (step: StepSpec) => Promise<CodeUnit>
  /** The engine's own code that runs in children: DuckDB over untrusted files, ONNX sessions. */
  readonly nativeUnit: (name: NativeName) => Promise<CodeUnit>
  /** Where the globs of sources start. */
  readonly projectFolder: string
  readonly observe: Observer
  readonly registry: Registry
  readonly datasets: Datasets
  readonly audit: AuditLog
  /** Whose signatures count. */
  readonly trustedKeys: () => Promise<TrustedKeys>
  /** Signs what is registered. Throws `signing-key-…` where this worker has no key. */
  readonly signer: () => Promise<Signer>
  /** How long a candidate's share of the traffic holds that nobody renews. */
  readonly trafficLeaseMillis: number
  /** Keys of a demonstration count: the worker is one of `anneal dev`. */
  readonly demoKeys: boolean
  /** Of Anneal. */
  readonly version: string
  readonly order: (digest: Digest) => Promise<LoadedOrder>
  /** An `each` node of a run. Throws what `nodeAt` does, and `input-not-a-list`. */
  readonly each: (request: NodeRequest) => Promise<EachAt>
  /** Whether any worker polls a task queue for activities. */
  readonly isPolled: (taskQueue: string) => Promise<boolean>
  /** Whether a workflow of this id goes on. */
  readonly isRunning: (workflowId: string) => Promise<boolean>
  /** Signals the workflow of this id; where none goes on it is started first, on the base task queue. */
  readonly signalWithStart: (call: SignalWithStart) => Promise<void>
}

export interface SignalWithStart {
  /** Its type. */
  readonly workflow: string
  readonly workflowId: string
  /** What it is started with. */
  readonly input: object
  readonly signal: string
  readonly message: object
}

/** What is counted and measured while activities work. */
export interface Observer {
  /** `outcome`: `done`, or the code of what went wrong. */
  readonly activity: (ended: { readonly kind: string; readonly outcome: string; readonly seconds: number }) => void
  /** The most memory that the child of one call held, in MiB. */
  readonly childPeak: (node: string, mib: number) => void
  /** What a monitor found last of a service; `alerts`: names of the checks that began to alert. */
  readonly window: (window: WindowRecord, alerts: readonly string[]) => void
}

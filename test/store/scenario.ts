import { join } from 'node:path'
import type { ObjectStore } from '../../store/object-store.ts'

/** Something done in a store that a fault may cut off anywhere. */
export interface Scenario {
  /** What is there before; no fault. */
  arrange(store: ObjectStore, root: string): Promise<void>
  act(store: ObjectStore, root: string): Promise<void>
  /** Throws unless the store is as before or as after; `acted` says that `act` answered. */
  judge(store: ObjectStore, acted: boolean): Promise<void>
}

/** A file that is to be stored, apart from the store. */
export function sourceOf(root: string): string {
  return join(`${root}-source`, 'file.bin')
}

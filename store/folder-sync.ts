import { dirname } from 'node:path'
import type { FileSystem } from './file-system.ts'

/** Makes folders and their entries survive a power cut. */
export interface FolderSync {
  /** Makes `folder` and its parents. */
  ensure(folder: string): void
  /** The same, and their entries are on the disk once it answers, up to the one that holds the root. `undefined`: they are. */
  ensureDurable(folder: string): Promise<void> | undefined
  /** Every entry made in `folder` before the call is on the disk afterwards. */
  sync(folder: string): Promise<void>
}

interface Round {
  readonly running: Promise<void>
  next?: Promise<void>
}

export function folderSync(fs: FileSystem, root: string): FolderSync {
  const rounds = new Map<string, Round>()
  const made = new Set<string>()
  const durable = new Set<string>()

  /** A caller that finds a sync under way needs the next one, and shares it with all who wait for it too. */
  function sync(folder: string): Promise<void> {
    const round = rounds.get(folder)
    if (round === undefined) return start(folder)
    round.next ??= round.running.then(
      () => start(folder),
      () => start(folder),
    )
    return round.next
  }

  function start(folder: string): Promise<void> {
    const running = syncNow(fs, folder)
    rounds.set(folder, { running })
    const over = (): void => {
      if (rounds.get(folder)?.running === running) rounds.delete(folder)
    }
    running.then(over, over)
    return running
  }

  function ensure(folder: string): void {
    if (made.has(folder)) return
    fs.mkdir(folder, { recursive: true })
    made.add(folder)
  }

  function ensureDurable(folder: string): Promise<void> | undefined {
    ensure(folder)
    return durable.has(folder) ? undefined : syncEntries(folder)
  }

  async function syncEntries(folder: string): Promise<void> {
    if (durable.has(folder)) return
    await sync(dirname(folder))
    if (folder !== root) await syncEntries(dirname(folder))
    durable.add(folder)
  }

  return { ensure, ensureDurable, sync }
}

async function syncNow(fs: FileSystem, folder: string): Promise<void> {
  const handle = fs.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    handle.close()
  }
}

import { dirname } from 'node:path'
import type { FileSystem } from './file-system.ts'

/** Makes folders and their entries survive a power cut. */
export interface FolderSync {
  /** Makes `folder` and its parents; if `durable`, also their entries, up to the one that holds the root. */
  ensure(folder: string, options: { readonly durable: boolean }): Promise<void>
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
    const running = syncNow(fs, folder).finally(() => {
      if (rounds.get(folder)?.running === running) rounds.delete(folder)
    })
    rounds.set(folder, { running })
    return running
  }

  async function ensure(folder: string, options: { readonly durable: boolean }): Promise<void> {
    if (!made.has(folder)) await fs.mkdir(folder, { recursive: true })
    made.add(folder)
    if (options.durable) await ensureDurable(folder)
  }

  async function ensureDurable(folder: string): Promise<void> {
    if (durable.has(folder)) return
    await sync(dirname(folder))
    if (folder !== root) await ensureDurable(dirname(folder))
    durable.add(folder)
  }

  return { ensure, sync }
}

async function syncNow(fs: FileSystem, folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

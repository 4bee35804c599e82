import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { memoryMibOf } from '../activities/children/memory-use.ts'

/** The same Node program, whose threads tell of their heaps in the folder `HEAP_SLACK` of its environment. */
export function tellingOfHeaps([node = process.execPath, ...args]: readonly string[]): readonly string[] {
  return [node, '--import', join(import.meta.dirname, 'heap-slack-socket.mjs'), ...args]
}

/**
 * Memory that such a program uses, in MiB: without garbage, and without the pages that V8 keeps for the next objects.
 * What is resident says little, as V8 lets garbage lie for long.
 */
export async function usedMibOf(pid: number, folder: string): Promise<number> {
  const threads = readdirSync(folder)
  const slack = await Promise.all(threads.map((thread) => text(connect(join(folder, thread)))))
  return memoryMibOf(pid) - slack.reduce((sum, bytes) => sum + Number(bytes), 0) / 2 ** 20
}

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * Ends this process and its group once stdin ends, which is when whoever holds its other end is gone. A thread of its
 * own waits for it, so that not even a busy loop on the main thread outlives the worker. Resolves once it
 * does: a thread starts slowly on a busy machine, and not at all in a folder that is gone.
 */
export async function holdLifeline(): Promise<void> {
  const watcher = new Worker(WATCHER, { eval: true, stdin: false, resourceLimits: { maxOldGenerationSizeMb: 16 } })
  await once(watcher, 'message')
  watcher.unref()
}

// On a loop of its own, and not in a blocking read: a diagnostic report waits for every thread to answer.
const WATCHER = `
const { Socket } = require('node:net')
const { parentPort } = require('node:worker_threads')
const end = () => process.kill(-process.pid, 'SIGKILL')
new Socket({ fd: 0, readable: true, writable: false }).on('error', end).on('close', end).resume()
parentPort.postMessage('watching')
`

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/**
 * Ends this process and its group once stdin ends, which is when whoever holds its other end is gone. A thread of its
 * own waits in a blocking read, so that not even a busy loop on the main thread outlives the worker. Resolves once it
 * does: a thread starts slowly on a busy machine, and not at all in a folder that is gone.
 */
export async function holdLifeline(): Promise<void> {
  const watcher = new Worker(WATCHER, { eval: true, stdin: false, resourceLimits: { maxOldGenerationSizeMb: 16 } })
  await once(watcher, 'message')
  watcher.unref()
}

// EAGAIN: user code made stdin non-blocking by touching `process.stdin`.
const WATCHER = `
const { readSync } = require('node:fs')
const { parentPort } = require('node:worker_threads')
const buffer = Buffer.alloc(64)
const idle = new Int32Array(new SharedArrayBuffer(4))
parentPort.postMessage('watching')
for (;;) {
  try {
    if (readSync(0, buffer) === 0) break
  } catch (error) {
    if (error.code !== 'EAGAIN') break
    Atomics.wait(idle, 0, 0, 50)
  }
}
process.kill(-process.pid, 'SIGKILL')
`

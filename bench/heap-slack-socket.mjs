// Preloaded (`node --import`) into every thread of a program that is measured. Whoever connects to the thread's socket
// in the folder HEAP_SLACK makes it collect its garbage, and is told the bytes of its heap's pages that hold nothing.
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { threadId } from 'node:worker_threads'

setFlagsFromString('--expose-gc')
const collect = /** @type {() => void} */ (runInNewContext('gc'))

async function slackBytes() {
  // What a finalizer of the first lets go of goes with the second.
  collect()
  collect()
  // V8 gives pages back in the background: until then they are resident, and counted nowhere.
  await setTimeout(5000)
  const { total_physical_size: pages, used_heap_size: used } = getHeapStatistics()
  return pages - used
}

createServer((socket) => void slackBytes().then((bytes) => socket.end(String(bytes))))
  .listen(join(process.env['HEAP_SLACK'] ?? '', `${process.pid}-${threadId}`))
  .unref()

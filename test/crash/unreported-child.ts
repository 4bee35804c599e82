// Waits until the result of the node named third is in the store named first, then kills the process named second at once.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [store = '', pid, node] = process.argv.slice(2)
const folder = join(store, 'results')
const wanted = `"node":"${node}"`
const looked = new Set<string>()
process.stdout.write('ready\n')
while (!isPublished()) {
  // No wait: the time between result and report is a few milliseconds.
}
process.kill(Number(pid), 'SIGKILL')

function isPublished(): boolean {
  return namesIn(folder).some((name) => {
    if (!/\.\d+$/.test(name) || looked.has(name)) return false
    const text = textOf(join(folder, name))
    if (text !== undefined) looked.add(name)
    return text?.startsWith('{"result":') === true && text.includes(wanted)
  })
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

// Waits until an object under the folder named first holds the text named third, then kills the process named second at once.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder = '', pid, wanted = ''] = process.argv.slice(2)
const looked = new Set<string>()
process.stdout.write('ready\n')
while (!isThere()) {
  // No wait: the time between the object and the report of it is a few milliseconds.
}
process.kill(Number(pid), 'SIGKILL')

function isThere(): boolean {
  return namesIn(folder).some((name) => {
    if (looked.has(name)) return false
    const text = textOf(join(folder, name))
    if (text !== undefined) looked.add(name)
    return text?.includes(wanted) === true
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

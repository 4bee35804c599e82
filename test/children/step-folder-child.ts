import { mkdirSync } from 'node:fs'
import { stepFolders } from '../../activities/step-folders.ts'

// A worker that dies on one of the lines between an attempt and the next one: `<parent folder> <line>`.

const [parent = '', line] = process.argv.slice(2)
const die = (at: string): boolean => at === line && process.kill(process.pid, 'SIGKILL')

const folders = stepFolders(parent)
const used = folders.take()
die('named')
mkdirSync(used, { recursive: true })
die('made')
await folders.giveBack(used)
die('given back')
folders.take()
die('taken again')

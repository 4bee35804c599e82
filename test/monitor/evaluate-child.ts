import { nodeFileSystem } from '../../store/file-system.ts'
import { openWatched } from './watched-service.ts'

/** `<folder> <window> <key>`: evaluates the window, and dies before the first object whose key has this in it. */
const [folder = '', number = '', key = ''] = process.argv.slice(2)

const service = await openWatched(folder, {
  ...nodeFileSystem,
  link: (existing, path) => {
    if (path.includes(key)) process.kill(process.pid, 'SIGKILL')
    return nodeFileSystem.link(existing, path)
  },
})
await service.evaluate(Number(number))
await service.close()

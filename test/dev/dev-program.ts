// Runs `anneal dev` for the project named first on the ports named second and third, with a worker that does nothing.
import { dev } from '../../cli/dev.ts'
import { loadSettings } from '../../config/settings.ts'

const [from = '', port, uiPort] = process.argv.slice(2)
// Given a fourth argument, the worker takes no notice of being asked to end.
const deaf = process.argv[5] === undefined ? '' : `process.on('SIGTERM', () => {});`
const idle = `${deaf} process.stdout.write('{"ready":true}\\n'); setInterval(() => {}, 1e6)`
const worker = [process.execPath, '-e', idle]
const settings = loadSettings({ from, env: { PATH: process.env['PATH'], HOME: process.env['HOME'] } })
try {
  process.exitCode = await dev(settings, { json: true, port: Number(port), uiPort: Number(uiPort), worker })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 3
}

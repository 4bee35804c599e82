import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { expect, it, onTestFinished, type TestContext } from 'vitest'
import { servicePage } from '../../console/service-page.ts'
import { temporaryFolder } from '../store/temporary-folder.ts'
import { aHistory } from './a-history.ts'

/** Where Debian has it. */
const CHROMIUM = '/usr/bin/chromium'
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--hide-scrollbars',
  '--virtual-time-budget=5000',
]

/** A frame of a phone's width that tells, once the page is in it, how wide the page is, and what of it stands out. */
const PHONE = `<!doctype html><iframe src="/page" style="width:420px;height:900px;border:0"></iframe><p></p><script>
document.querySelector('iframe').addEventListener('load', ({ target }) => {
  const page = target.contentDocument
  const wide = [...page.querySelectorAll('section > *, header > *')].filter((one) => one.getBoundingClientRect().right > 420)
  const text = [...page.querySelectorAll('svg text')].map((one) => getComputedStyle(one).fontSize)
  document.querySelector('p').textContent = JSON.stringify({
    width: page.documentElement.scrollWidth,
    wide: wide.map(({ className, tagName }) => tagName + '.' + className),
    plots: page.querySelectorAll('svg.area').length,
    smallest: Math.min(...text.map(parseFloat)),
  })
})
</script>`

it('on a phone a page is as wide as the phone, its text is readable, and it asks for nothing', async (context) => {
  skipWithoutChromium(context)
  const asked: string[] = []
  const address = await serving({ '/': PHONE, '/page': servicePage(aHistory({ days: 61 })) }, asked)
  const told = JSON.parse(/<p>(.*?)<\/p>/.exec(await domOf(address))?.[1] ?? '{}')
  expect(told).toEqual({ width: 420, wide: [], plots: 15, smallest: 11 })
  expect(asked.filter((path) => path !== '/favicon.ico')).toEqual(['/', '/page'])
})

function skipWithoutChromium(context: TestContext): void {
  if (!existsSync(CHROMIUM)) context.skip(`needs Chromium at ${CHROMIUM}`)
}

async function serving(pages: Readonly<Record<string, string>>, asked: string[]): Promise<string> {
  const server: Server = createServer(({ url = '' }, response) => {
    asked.push(url)
    response.writeHead(pages[url] === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(pages[url])
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

async function domOf(address: string): Promise<string> {
  const profile = await temporaryFolder()
  const { stdout } = await promisify(execFile)(
    CHROMIUM,
    [...FLAGS, `--user-data-dir=${profile}`, '--dump-dom', address],
    { timeout: 50_000, maxBuffer: 64 * 1024 * 1024 },
  )
  return stdout
}

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const folder = dirname(fileURLToPath(import.meta.url))

interface Case {
  readonly title: string
  readonly firstLine: number
}

it('says for each misuse what is wrong', async () => {
  const cases = casesIn(readFileSync(join(folder, 'misuse.ts'), 'utf8'))
  const messages = compilerMessages()
  const report = cases.map(({ title, firstLine }, index) => {
    const lastLine = cases[index + 1]?.firstLine ?? Number.POSITIVE_INFINITY
    const own = messages.filter(({ line }) => line > firstLine && line < lastLine)
    return [`${title}:`, ...own.map(({ text }) => text)].join('\n')
  })
  const silent = report.filter((entry) => !entry.includes('error TS'))
  expect(silent).toEqual([])
  expect(messages.filter(({ line }) => line < (cases[0]?.firstLine ?? 0))).toEqual([])
  await expect(`${report.join('\n\n')}\n`).toMatchFileSnapshot(join(folder, 'messages.txt'))
})

function casesIn(source: string): readonly Case[] {
  return source
    .split('\n')
    .flatMap((line, index) => (line.startsWith('/// ') ? [{ title: line.slice(4), firstLine: index + 1 }] : []))
}

/** Each error with the lines that explain it, indented. */
function compilerMessages(): readonly { readonly line: number; readonly text: string }[] {
  const tsc = fileURLToPath(import.meta.resolve('typescript/package.json'))
  const { stdout } = spawnSync(process.execPath, [join(dirname(tsc), 'bin/tsc'), '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  return stdout.split(/\n(?=\S)/).flatMap((text) => {
    const [, line, message] = /misuse\.ts\((\d+),\d+\): ([\s\S]*)/.exec(text) ?? []
    return message === undefined ? [] : [{ line: Number(line), text: message.trimEnd() }]
  })
}

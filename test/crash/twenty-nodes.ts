import { EFFECT } from '../engine/effects.ts'

const COUNT_WORDS = `import json, os, time

def run(input, context):
    with open("../../../effects.log", "a") as log:
        log.write(json.dumps({"name": "count", "pid": os.getpid(), "at": int(time.time() * 1000)}) + "\\n")
    with open("letters.txt", "w") as file:
        file.write("".join(sorted("".join(input["texts"]))))
    return {"letters": {"$file": "letters.txt"}, "score": sum(len(text) for text in input["texts"])}
`

const PIPELINE = `import { best, each, localFile, pipeline, python, task, z } from 'DSL'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
${EFFECT}
const policy = { attempts: 20, backoff: '0.1 seconds', heartbeat: '1 second' } as const
const Text = z.object({ text: z.string() })
const Scored = z.object({ text: z.string(), score: z.number() })

function ground(text: string): string {
  let digest = text
  for (let turn = 0; turn < 10_000; turn += 1) digest = createHash('sha256').update(digest).digest('hex')
  return digest
}

export const grind = task('grind', {
  ...policy,
  input: z.object({ name: z.string(), texts: z.array(z.string()) }),
  output: Scored,
  run: ({ name, texts }) => {
    effect(name)
    const text = ground([name, ...texts].join())
    return { text, score: Number.parseInt(text.slice(0, 6), 16) }
  },
})

/** More than stands in a result's record: an artifact. */
export const spread = task('spread', {
  ...policy,
  input: Text,
  output: z.object({ items: z.array(Text), ballast: z.string() }),
  run: ({ text }) => {
    effect('spread')
    return { items: [0, 1, 2, 3].map((item) => ({ text: text.slice(item) })), ballast: text.repeat(500) }
  },
})

export const count = python('count', {
  ...policy,
  script: 'count-words.py',
  input: z.object({ texts: z.array(z.string()) }),
  output: z.object({ letters: localFile(), score: z.number() }),
})

export const tell = task('tell', {
  ...policy,
  input: z.object({ letters: localFile(), best: z.string(), chain: z.string() }),
  output: z.object({ digest: z.string() }),
  run: ({ letters, ...texts }) => {
    effect('tell')
    return { digest: ground(readFileSync(letters.$file, 'utf8') + JSON.stringify(texts)) }
  },
})

const step = (name: string, ...before: readonly ReturnType<typeof grind>[]) =>
  grind({ name, texts: before.map(({ output }) => output.text) }, { id: name })

const chain = ['c2', 'c3', 'c4', 'c5', 'c6'].reduce((before, name) => step(name, before), step('c1'))
const fan = ['f1', 'f2', 'f3', 'f4', 'f5'].map((name) => step(name, chain))
const apart = step('a2', step('a1'))
const parts = spread({ text: apart.output.text })
const items = each(parts.output.items, (item) => grind({ name: 'item', texts: [item.text] }), { id: 'items' })
const chosen = best(items, { by: 'score', prefer: 'higher', id: 'best-item' })
const fastest = best(fan, { by: 'score', prefer: 'lower', id: 'best-fan' })
const counted = count({ texts: fan.map(({ output }) => output.text) })
const told = tell({ letters: counted.output.letters, best: chosen.output.text, chain: fastest.output.text })

export default pipeline('twenty-nodes', { steps: [told, step('last', chosen, fastest)] })
`

/**
 * 20 nodes: a chain, a fan-out of tasks, one over a list, choices, Python, a file and an output too large for a record.
 * Each execution of code leaves an effect; elements of the list have the same name.
 */
export const TWENTY_NODES = { 'p.ts': PIPELINE, 'count-words.py': COUNT_WORDS }

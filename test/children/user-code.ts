import type { CodeUnit } from '../../activities/children/unit.ts'
import { aScript, aTask } from './code-units.ts'

/** The same behaviour in each language, so that one suite judges both kinds of child. */
export interface UserCode {
  readonly language: 'TypeScript' | 'Python'
  /** Answers `{ text }` in upper case and refuses other inputs and outputs by its schemas; `wrong` returns a number. */
  shout(): Promise<CodeUnit>
  /** Throws what its input's `message` says, and names the place as `burst`. */
  throwing(): Promise<CodeUnit>
  notJson(): Promise<CodeUnit>
  /** Prints `looping` and loops for good, without a call to anything. */
  busyLoop(): Promise<CodeUnit>
  memoryHog(): Promise<CodeUnit>
  /** Ends its own process with exit code 0. */
  exiting(): Promise<CodeUnit>
  /** Prints `first`, then `second` to stderr, then logs `{ third: 3 }`. */
  printing(): Promise<CodeUnit>
  /** Starts a process that would live for good; answers its pid if the input says `thenReturn`, else prints it and loops. */
  forking(): Promise<CodeUnit>
  /** Answers what it sees: environment, current folder, seed and the descriptors it was given. */
  surroundings(): Promise<CodeUnit>
  /** Answers its pid and how often it was called. */
  counting(): Promise<CodeUnit>
}

const TEXT = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }

export const typescript: UserCode = {
  language: 'TypeScript',
  shout: () =>
    aTask({
      input: 'z.object({ text: z.string() })',
      output: 'z.object({ text: z.string() })',
      run: "({ text }) => ({ text: text === 'wrong' ? 1 : text.toUpperCase() })",
    }),
  throwing: () =>
    aTask({
      before: 'function burst(message) { throw new RangeError(message) }',
      run: '({ message }) => burst(message)',
    }),
  notJson: () => aTask({ run: '() => ({ items: [1, NaN] })' }),
  busyLoop: () => aTask({ run: "() => { console.log('looping'); for (;;) {} }" }),
  memoryHog: () => aTask({ run: '() => { const held = []; for (;;) held.push(Buffer.alloc(1 << 20, 1)) }' }),
  exiting: () => aTask({ run: '() => process.exit(0)' }),
  printing: () =>
    aTask({
      run: "(_, context) => { console.log('first'); console.error('second'); context.log({ third: 3 }); return null }",
    }),
  forking: () =>
    aTask({
      before: "import { spawn } from 'node:child_process'",
      run: `({ thenReturn }) => {
        const { pid } = spawn('sleep', ['1000'], { stdio: 'ignore' })
        if (thenReturn) return pid
        console.log(pid)
        for (;;) {}
      }`,
    }),
  surroundings: () =>
    aTask({
      before: "import { readdirSync, readlinkSync } from 'node:fs'",
      run: `(_, { seed }) => ({ environment: { ...process.env }, folder: process.cwd(), seed, files: readdirSync('/proc/self/fd').flatMap((fd) => {
        try { return readlinkSync('/proc/self/fd/' + fd) } catch { return [] }
      }) })`,
    }),
  counting: () => aTask({ before: 'let calls = 0', run: '() => ({ pid: process.pid, calls: ++calls })' }),
}

export const python: UserCode = {
  language: 'Python',
  shout: () =>
    aScript(
      'def run(input, context):\n    text = input["text"]\n    return {"text": 1 if text == "wrong" else text.upper()}',
      { inputSchema: TEXT, outputSchema: TEXT },
    ),
  throwing: () =>
    aScript(
      'def burst(message):\n    raise ValueError(message)\n\ndef run(input, context):\n    burst(input["message"])',
    ),
  notJson: () => aScript('def run(input, context):\n    return {"items": [1, float("nan")]}'),
  // `sum` is C code that never gives up the interpreter's lock.
  busyLoop: () => aScript('def run(input, context):\n    print("looping")\n    return sum(range(10**18))'),
  memoryHog: () =>
    aScript('def run(input, context):\n    held = []\n    while True:\n        held.append(b"x" * (1 << 20))'),
  exiting: () => aScript('import os\ndef run(input, context):\n    os._exit(0)'),
  printing: () =>
    aScript(
      'import sys\ndef run(input, context):\n    print("first")\n    print("second", file=sys.stderr)\n    context.log(third=3)',
    ),
  forking: () =>
    aScript(
      [
        'import subprocess',
        'def run(input, context):',
        '    pid = subprocess.Popen(["sleep", "1000"]).pid',
        '    if input.get("thenReturn"): return pid',
        '    print(pid)',
        '    while True: pass',
      ].join('\n'),
    ),
  surroundings: () =>
    aScript(
      [
        'import os',
        'def link(fd):',
        '    try: return [os.readlink(f"/proc/self/fd/{fd}")]',
        '    except OSError: return []',
        'def run(input, context):',
        '    files = [path for fd in os.listdir("/proc/self/fd") for path in link(fd)]',
        '    return {"environment": dict(os.environ), "folder": os.getcwd(), "seed": context.seed, "files": files}',
      ].join('\n'),
    ),
  counting: () =>
    aScript(
      'import os\ncalls = 0\ndef run(input, context):\n    global calls\n    calls += 1\n    return {"pid": os.getpid(), "calls": calls}',
    ),
}

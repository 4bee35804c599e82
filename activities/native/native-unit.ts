/** What a child's program loads of the engine's own code. Both ends are the engine's, so nothing is parsed. */
export function nativeUnit<In, Out>(run: (input: In) => Promise<Out>): NativeUnit<In, Out> {
  // Without the context that a child hands over: what follows the input in `run` is its own.
  return { input: UNPARSED, output: UNPARSED, run: (input) => run(input) }
}

interface NativeUnit<In, Out> {
  readonly input: typeof UNPARSED
  readonly output: typeof UNPARSED
  readonly run: (input: In) => Promise<Out>
}

const UNPARSED = {
  safeParseAsync: (value: unknown) => Promise.resolve({ success: true, data: value } as const),
} as const

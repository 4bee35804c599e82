import type { Digest, JsonSchema } from '../../dsl/plan.ts'

/** Code that a child loads. `digest` names its content: equal digests share warm children. */
export type CodeUnit =
  | {
      readonly language: 'typescript'
      readonly digest: Digest
      /** Absolute path of the bundle, named `….mjs`: its default export is `{ input, output, run }`. */
      readonly file: string
      /** Absolute path of the bundle's source map. Default: stacks name lines of the bundle. */
      readonly sourceMap?: string
    }
  | {
      readonly language: 'python'
      readonly digest: Digest
      /** Absolute path of the unpacked folder. */
      readonly folder: string
      /** Relative to the folder. Defines `run(input: dict, context) -> dict`. */
      readonly script: string
      /** An environment's interpreter. Default: the system's `python3`, with nothing but its own library. */
      readonly python?: string
      readonly inputSchema: JsonSchema
      readonly outputSchema: JsonSchema
    }

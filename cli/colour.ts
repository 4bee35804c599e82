import { styleText } from 'node:util'

export type Style = 'green' | 'red' | 'dim' | 'cyan' | 'yellow' | 'bold'

/** Whether what is written to the stream should be coloured: a terminal that nobody has asked to be plain. */
export function wantsColour(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): boolean {
  // https://no-color.org: any value but the empty one.
  return stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

/** The text in a style where `colour` is on, else as it is. */
export function paint(style: Style, text: string, { colour }: { readonly colour: boolean }): string {
  return colour ? styleText(style, text, { validateStream: false }) : text
}

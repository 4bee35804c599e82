import { styleText } from 'node:util'
import type { CliError } from './errors.ts'

export interface ErrorFormat {
  /** Colours, for a terminal. */
  readonly colour: boolean
  /** The stack of the error and of its causes too. */
  readonly stack: boolean
  /** One line of JSON instead of text. */
  readonly json: boolean
}

/** The text for stderr, its last line ended. */
export function formatError(error: CliError, format: ErrorFormat): string {
  const stack = format.stack && { stack: stacksOf(error) }
  return format.json ? `${JSON.stringify({ error: { ...errorRecord(error), ...stack } })}\n` : asText(error, format)
}

/** As `--json` has it, but for stacks. */
export function errorRecord({ code, exitCode, fault }: CliError): object {
  const { cause: _, ...told } = fault
  return { code, exitCode, ...told }
}

function asText(error: CliError, { colour, stack }: ErrorFormat): string {
  const paint = (style: 'red' | 'dim', text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const { where, expected, got, codes = [], remedy, details = [] } = error.fault
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['where', where],
    ['expected', expected],
    ['got', got],
    ['code', codesText(codes)],
    ['remedy', remedy],
  ]
  const lines = [
    `${paint('red', `error ${error.code}:`)} ${error.fault.message}`,
    ...details.map((line) => (line === '' ? '' : `  ${line}`)),
    ...rows.flatMap(([title, text]) => (text === undefined ? [] : [`  ${paint('dim', title.padEnd(9))} ${text}`])),
    ...(stack ? ['', ...stacksOf(error).map((line) => paint('dim', line))] : []),
  ]
  return `${lines.join('\n')}\n`
}

function codesText(codes: readonly string[]): string | undefined {
  if (codes.length === 0) return undefined
  return `${codes.join(', ')}: see \`anneal explain ${codes.length === 1 ? codes[0] : 'CODE'}\``
}

function stacksOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return []
  return [...(error.stack ?? error.message).split('\n'), ...stacksOf(error.cause)]
}

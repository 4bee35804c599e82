import type { Readable } from 'node:stream'

export interface LineOptions {
  /** In bytes. */
  readonly longest: number
  /** Gets each line without its end, and at the end of the stream what is left; `longest` bytes without an end are a line too. */
  readonly onLine: (line: string) => void
}

/** Splits a stream of UTF-8 into lines as its pieces arrive. */
export function eachLine(stream: Readable, { longest, onLine }: LineOptions): void {
  let pieces: Buffer[] = []
  let held = 0
  const keep = (piece: Buffer): void => {
    pieces.push(piece)
    held += piece.length
  }
  const end = (): void => {
    const line = Buffer.concat(pieces).toString('utf8')
    pieces = []
    held = 0
    onLine(line)
  }
  stream.on('data', (bytes: Buffer) => {
    let from = 0
    for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
      keep(bytes.subarray(from, to))
      from = to + 1
      end()
    }
    if (from < bytes.length) keep(bytes.subarray(from))
    if (held >= longest) end()
  })
  stream.on('end', () => {
    if (held > 0) end()
  })
}

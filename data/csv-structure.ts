import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'

/** What a CSV file is made of, before any cell is read. */
export interface CsvStructure {
  /** The header's fields; empty where the file has none. */
  readonly names: readonly string[]
  /** Without the header. */
  readonly records: number
  readonly faults: readonly CsvFault[]
}

export interface CsvFault {
  /** From 0, the header apart; null: the header, or the file as a whole. */
  readonly row: number | null
  readonly expected: string
  readonly got: string
}

const LONGEST_RECORD = 1_048_576
const MOST_FAULTS = 100

const [NUL, LF, CR, QUOTE] = [0x00, 0x0a, 0x0d, 0x22]

type State = 'field' | 'plain' | 'quoted' | 'quote-in-quoted' | 'carriage-return'

/**
 * Reads a file as RFC 4180 and UTF-8 to the letter, since DuckDB's reader makes something of nearly everything: it drops,
 * merges and renames without a word. A byte order mark is allowed. Line ends are LF or CR LF, one of them throughout.
 */
export async function csvStructure(path: string, delimiter: string): Promise<CsvStructure> {
  if (delimiter.charCodeAt(0) > 0x7f) {
    return { names: [], records: 0, faults: [{ row: null, expected: 'a delimiter of ASCII', got: `"${delimiter}"` }] }
  }
  const scan = new CsvScan(delimiter)
  for await (const chunk of createReadStream(path, { highWaterMark: LONGEST_RECORD })) {
    if (!scan.read(chunk as Buffer)) break
  }
  return scan.end()
}

/** Holds what a chunk leaves open: the state of the field, and the bytes of a record that is not over. */
class CsvScan {
  readonly #delimiter: string
  readonly #delimiterByte: number
  readonly #faults: CsvFault[] = []
  #names: readonly string[] | undefined
  #state: State = 'field'
  #open: Buffer = Buffer.alloc(0)
  #started = false
  #records = 0
  #fields = 1
  #line = 1
  #recordLine = 1
  #lineEnd: 'LF' | 'CR LF' | undefined
  #faultInRecord = false

  constructor(delimiter: string) {
    this.#delimiter = delimiter
    this.#delimiterByte = delimiter.charCodeAt(0)
  }

  /** False: there is no point in reading on. */
  read(chunk: Buffer): boolean {
    const open = this.#open.length
    let bytes = open === 0 ? chunk : Buffer.concat([this.#open, chunk])
    let at = open
    if (!this.#started) {
      if (isUtf16(bytes)) return this.#stop({ row: null, expected: 'UTF-8', got: 'UTF-16' })
      bytes = withoutMark(bytes)
      at = 0
      this.#started = true
    }
    let start = 0
    for (; at < bytes.length; at += 1) {
      const over = this.#step(bytes[at] ?? NUL)
      if (!over) continue
      this.#endRecord(bytes.subarray(start, at + 1))
      start = at + 1
    }
    this.#open = bytes.subarray(start)
    if (this.#open.length > LONGEST_RECORD) {
      return this.#stop(this.#at(`a record of at most ${LONGEST_RECORD} bytes`, 'a longer one; is a quote left open?'))
    }
    return this.#faults.length < MOST_FAULTS
  }

  end(): CsvStructure {
    if (this.#open.length > 0 && this.#faults.length < MOST_FAULTS) {
      if (this.#state === 'quoted') this.#fault('a closing quote', 'the end of the file')
      if (this.#state === 'carriage-return') this.#fault('LF after CR', 'the end of the file')
      this.#endRecord(this.#open)
    }
    if (this.#names === undefined && this.#faults.length === 0) {
      this.#faults.push({ row: null, expected: 'a header line', got: 'an empty file' })
    }
    return { names: this.#names ?? [], records: this.#records, faults: this.#faults }
  }

  /** True where the byte ends a record. */
  #step(byte: number): boolean {
    if (byte === NUL) this.#fault('text', 'a NUL byte')
    if (byte === LF) this.#line += 1
    switch (this.#state) {
      case 'quoted':
        if (byte === QUOTE) this.#state = 'quote-in-quoted'
        return false
      case 'carriage-return':
        this.#state = 'plain'
        if (byte === LF) return this.#endLine('CR LF')
        this.#fault('LF after CR', 'a lone CR')
        return false
      case 'quote-in-quoted':
        if (byte === QUOTE) {
          this.#state = 'quoted'
          return false
        }
        if (byte !== this.#delimiterByte && byte !== LF && byte !== CR) {
          this.#fault('a delimiter or line end after a closing quote', 'more text; write a quote in a field as ""')
        }
        return this.#plain(byte)
      case 'field':
        if (byte === QUOTE) {
          this.#state = 'quoted'
          return false
        }
        return this.#plain(byte)
      case 'plain':
        if (byte === QUOTE) this.#fault('a quote at the start of a field only', 'one inside an unquoted field')
        return this.#plain(byte)
    }
  }

  #plain(byte: number): boolean {
    this.#state = 'plain'
    if (byte === this.#delimiterByte) {
      this.#fields += 1
      this.#state = 'field'
    } else if (byte === CR) {
      this.#state = 'carriage-return'
    } else if (byte === LF) {
      return this.#endLine('LF')
    }
    return false
  }

  #endLine(kind: 'LF' | 'CR LF'): true {
    this.#lineEnd ??= kind
    if (kind !== this.#lineEnd) this.#fault(`${this.#lineEnd} at each line's end`, kind)
    return true
  }

  #endRecord(bytes: Buffer): void {
    this.#checkRecord(bytes)
    if (this.#names === undefined) this.#names = fieldsOf(bytes, this.#delimiter)
    else this.#records += 1
    this.#state = 'field'
    this.#fields = 1
    this.#recordLine = this.#line
    this.#faultInRecord = false
  }

  #checkRecord(bytes: Buffer): void {
    if (!isUtf8(bytes)) this.#fault('UTF-8', 'bytes that are none')
    const blank = bytes[0] === LF || (bytes[0] === CR && bytes[1] === LF)
    if (blank) this.#fault('a record', 'a blank line; write "" for an empty text')
    const wanted = this.#names?.length
    if (wanted !== undefined && this.#fields !== wanted) this.#fault(`${wanted} fields`, String(this.#fields))
  }

  /** The first fault of a record: what follows in it follows from that. */
  #fault(expected: string, got: string): void {
    if (this.#faultInRecord || this.#faults.length >= MOST_FAULTS) return
    this.#faultInRecord = true
    this.#faults.push(this.#at(expected, got))
  }

  #at(expected: string, got: string): CsvFault {
    const row = this.#names === undefined ? null : this.#records
    return { row, expected, got: `${got} (line ${this.#recordLine})` }
  }

  #stop(fault: CsvFault): false {
    this.#faults.push(fault)
    this.#open = Buffer.alloc(0)
    return false
  }
}

/** The fields of a record that is known to be sound; of another one, something of them. */
function fieldsOf(record: Buffer, delimiter: string): readonly string[] {
  const text = record.toString('utf8').replace(/\r?\n$/, '')
  const fields: string[] = []
  let rest: string | undefined = text
  while (rest !== undefined) {
    const quoted: string | undefined = /^"((?:[^"]|"")*)"/.exec(rest)?.[0]
    const length: number = quoted?.length ?? (rest.indexOf(delimiter) + 1 || rest.length + 1) - 1
    const field = rest.slice(0, length)
    fields.push(quoted === undefined ? field : quoted.slice(1, -1).replaceAll('""', '"'))
    rest = length < rest.length ? rest.slice(length + 1) : undefined
  }
  return fields
}

function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

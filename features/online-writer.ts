import Database from 'libsql'
import { APPLICATION_ID, FORMAT_VERSION, type Head, type StoredField } from './online-file.ts'
import { encodeDirectory } from './online-directory.ts'
import { isTotal } from './online-layout.ts'
import { encodePage, LONGEST_SPAN_MICROS } from './online-page.ts'
import { order, type Value } from './operations.ts'

/** Events of a page, unless their times are centuries apart: 14 KB with the totals of two sums. */
const PAGE_EVENTS = 512

export interface OnlineWriter {
  /** Events come entity by entity, of one in the order of their instants. */
  family(number: number, fields: readonly StoredField[]): FamilyWriter
  /** Nothing is in the file before. */
  finish(head: Head): void
  close(): void
}

export interface FamilyWriter {
  add(events: OnlineChunk): void
  finish(): void
}

/** Some events one after another; an entity may go on in the next chunk. */
export interface OnlineChunk {
  readonly rows: number
  /** One a row, as `known`. */
  readonly entities: readonly string[]
  readonly known: readonly bigint[]
  /** One a field: its value of this instant alone, one a row. */
  readonly columns: readonly (readonly Value[])[]
}

/** Makes a file of its own; the same calls make the same bytes. What goes wrong in between leaves a file that is none. */
export function onlineWriter(path: string): OnlineWriter {
  const database = new Database(path)
  // Nobody reads it before it is whole, and who dies over it starts anew: no journal.
  database.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT_VERSION};
    CREATE TABLE head (body TEXT NOT NULL) STRICT;
    CREATE TABLE entity (family INTEGER NOT NULL, name TEXT NOT NULL, first_page INTEGER NOT NULL, body BLOB NOT NULL,
      PRIMARY KEY (family, name)) STRICT, WITHOUT ROWID;
    CREATE TABLE page (number INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    BEGIN`)
  const insertPage = database.prepare('INSERT INTO page VALUES (?, ?)')
  const insertEntity = database.prepare('INSERT INTO entity VALUES (?, ?, ?, ?)')
  let pages = 0

  return {
    family: (number, fields) =>
      familyWriter(fields, {
        page: (body) => {
          pages += 1
          insertPage.run(pages, Buffer.from(body.buffer, body.byteOffset, body.byteLength))
        },
        entity: (name, directory, written) => {
          insertEntity.run(number, name, pages - written + 1, Buffer.from(directory))
        },
      }),
    finish: (head) => {
      database.prepare('INSERT INTO head VALUES (?)').run(JSON.stringify(head))
      database.exec('COMMIT')
    },
    close: () => database.close(),
  }
}

interface Sink {
  readonly page: (body: Uint8Array) => void
  /** After its pages, so many. */
  readonly entity: (name: string, directory: Uint8Array, pages: number) => void
}

function familyWriter(fields: readonly StoredField[], sink: Sink): FamilyWriter {
  const isExtreme = fields.map(({ of }) => of === 'min' || of === 'max')
  const adds = fields.map(isTotal)
  let entity: string | undefined
  let firsts: bigint[] = []
  let extremes: Value[][] = []
  let offsets: number[] = []
  let columns: Value[][] = []
  let totals: Value[] = []

  function endPage(): void {
    if (offsets.length === 0) return
    sink.page(
      encodePage(
        offsets,
        fields.map(({ cells }, index) => ({ kind: cells, values: columns[index] ?? [] })),
      ),
    )
    for (const [index, { of }] of fields.entries()) extremes[index]?.push(extremeOf(of, columns[index] ?? []))
    offsets = []
  }

  function endEntity(): void {
    if (entity === undefined) return
    endPage()
    sink.entity(
      entity,
      encodeDirectory(
        firsts,
        extremes.map((values, index) => (isExtreme[index] === true ? values : null)),
      ),
      firsts.length,
    )
    entity = undefined
  }

  function startPage(known: bigint): void {
    firsts.push(known)
    columns = fields.map(() => [])
  }

  function startEntity(name: string): void {
    endEntity()
    entity = name
    firsts = []
    extremes = fields.map(() => [])
    totals = fields.map(() => null)
  }

  /** Microseconds since the page's first instant. */
  function onPage(known: bigint): number {
    const first = firsts.at(-1)
    const since = first === undefined ? 0n : known - first
    if (offsets.length === PAGE_EVENTS || since > LONGEST_SPAN_MICROS) endPage()
    if (offsets.length > 0) return Number(since)
    startPage(known)
    return 0
  }

  return {
    add: ({ rows, entities, known, columns: values }) => {
      // Millions of rows come by here: no closure and no iterator of their own.
      for (let row = 0; row < rows; row += 1) {
        const name = entities[row] ?? ''
        if (name !== entity) startEntity(name)
        const offset = onPage(known[row] ?? 0n)
        offsets.push(offset)
        for (let index = 0; index < fields.length; index += 1) {
          const value = values[index]?.[row] ?? null
          const total = adds[index] === true ? plus(totals[index] ?? null, value) : value
          totals[index] = total
          columns[index]?.push(total)
        }
      }
    },
    finish: endEntity,
  }
}

/** Of one field all are doubles, or all are integers. */
function plus(total: Value, value: Value): Value {
  if (total === null) return value
  return typeof total === 'bigint' ? total + BigInt(value ?? 0) : Number(total) + Number(value)
}

function extremeOf(of: StoredField['of'], values: readonly Value[]): Value {
  const sign = of === 'max' ? 1 : -1
  return values.reduce<Value>(
    (best, value) =>
      value !== null && (best === null || sign * order(Number(value), Number(best)) > 0) ? value : best,
    null,
  )
}

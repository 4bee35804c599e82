import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import Database from 'libsql'
import { z } from 'zod'
import { FeaturesError } from './errors.ts'

/** In the header of the file: that it is one of ours, and of which version. */
export const APPLICATION_ID = 0x41_6e_4f_46
export const FORMAT_VERSION = 1

const fieldSchema = z.object({
  of: z.enum(['rows', 'held', 'sum', 'squares', 'min', 'max', 'latest']),
  key: z.string(),
  cells: z.enum(['count', 'double', 'int64', 'int128', 'double?', 'int64?', 'boolean?', 'text?']),
})

const headSchema = z.object({
  /** Microseconds since 1970: all that was known before it is in the file, and nothing else. */
  asOf: z.string().regex(/^-?\d+$/),
  families: z.array(z.object({ name: z.string(), fields: z.array(fieldSchema) })),
})

/** What the file holds, in the order of the families' numbers and of a page's columns. */
export type Head = Readonly<z.infer<typeof headSchema>>
export type StoredField = Readonly<z.infer<typeof fieldSchema>>

/** Reads rows of the file by number and name. Throws `online-file` where it is damaged. */
export interface OnlineFile {
  readonly head: Head
  directory(family: number, entity: string): { readonly firstPage: number; readonly body: Uint8Array } | undefined
  page(number: number): Uint8Array
  close(): void
}

/** Opened to be read only, by the promise that nobody writes to it. Throws `online-file`. */
export function openOnlineFile(path: string): OnlineFile {
  const subject = 'file of online features'
  if (!existsSync(path)) throw fault(`${subject}: expected a file, got none`)
  return translated(() => {
    const database = new Database(`${pathToFileURL(path).href}?mode=ro&immutable=1`)
    try {
      const head = headOf(database)
      const directories = database.prepare('SELECT first_page, body FROM entity WHERE family = ? AND name = ?').raw()
      const pages = database.prepare('SELECT body FROM page WHERE number = ?').raw()
      return {
        head,
        directory: (family, entity) => {
          const row = translated(() => directories.get(family, entity)) as [number, Uint8Array] | undefined
          return row && { firstPage: row[0], body: row[1] }
        },
        page: (number) => {
          const row = translated(() => pages.get(number)) as [Uint8Array] | undefined
          return row?.[0] ?? missingPage()
        },
        close: () => database.close(),
      }
    } catch (error) {
      database.close()
      throw error
    }
  })
}

function headOf(database: Database.Database): Head {
  const [id, version] = ['application_id', 'user_version'].map((name) => Number(pragma(database, name)))
  if (id !== APPLICATION_ID) throw fault('file of online features: expected one that Anneal has made, got another')
  if (version !== FORMAT_VERSION) {
    throw fault(`file of online features: expected format ${FORMAT_VERSION}, got ${version}; materialize it again`)
  }
  const [text] = database.prepare('SELECT body FROM head').raw().get() as [string]
  const parsed = headSchema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw fault('file of online features: expected a head that says what it holds, got another; materialize it again')
}

function pragma(database: Database.Database, name: string): unknown {
  return (database.prepare(`PRAGMA ${name}`).raw().get() as readonly unknown[])[0]
}

/** What goes wrong in reading is a damaged file. libsql's own messages hold paths. */
export function translated<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof FeaturesError) throw error
    throw fault('file of online features: expected a database that SQLite can read, got a damaged one')
  }
}

function missingPage(): never {
  throw fault('file of online features: expected all pages of an entity, got fewer')
}

function fault(message: string): FeaturesError {
  return new FeaturesError('online-file', message)
}

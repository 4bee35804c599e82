import { FeaturesError } from './errors.ts'
import type { BoundedCache } from './online-cache.ts'
import { decodeDirectory, type Directory } from './online-directory.ts'
import { translated, type OnlineFile, type StoredField } from './online-file.ts'
import { decodePage, type Page } from './online-page.ts'

/** One family of the file. */
export interface Entities {
  readonly fields: readonly StoredField[]
  /** Undefined: nothing is known of the entity. */
  directory(entity: string): Directory | undefined
  /** The n-th page of an entity. */
  page(directory: Directory, index: number): Page
}

/** Reads each page and directory once while the cache keeps it; that an entity is not there is kept, too. */
export function entityPages(file: OnlineFile, cache: BoundedCache): (family: number) => Entities {
  return (number) => {
    const family = file.head.families[number]
    if (family === undefined) throw otherFeatures()
    const kinds = family.fields.map(({ cells }) => cells)
    const isExtreme = family.fields.map(({ of }) => of === 'min' || of === 'max')
    const pages = cache.shelf<number, Page>(({ bytes }) => bytes)
    const directories = cache.shelf<string, Directory | null>((kept, entity) => 2 * entity.length + (kept?.bytes ?? 0))

    function readDirectory(entity: string): Directory | null {
      // SQLite has no text for half a character, and would take another one for it.
      const row = /\p{Surrogate}/u.test(entity) ? undefined : file.directory(number, entity)
      return row === undefined
        ? null
        : translated(() => decodeDirectory(row.body, { firstPage: row.firstPage, isExtreme }))
    }

    return {
      fields: family.fields,
      directory: (entity) => {
        const known = directories.get(entity)
        if (known !== undefined) return known ?? undefined
        const read = readDirectory(entity)
        directories.keep(entity, read)
        return read ?? undefined
      },
      page: ({ firstPage }, index) => {
        const known = pages.get(firstPage + index)
        if (known !== undefined) return known
        const read = translated(() => decodePage(file.page(firstPage + index), kinds))
        pages.keep(firstPage + index, read)
        return read
      },
    }
  }
}

export function otherFeatures(): FeaturesError {
  return new FeaturesError(
    'online-file',
    'file of online features: expected one made for these features, got one for others; materialize it again',
  )
}

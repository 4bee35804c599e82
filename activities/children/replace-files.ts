import type { Json } from '../../dsl/plan.ts'
import { inLanes } from '../in-lanes.ts'

/** What to put in a file's place; `place`: where it stands, for errors. */
type Replace = (file: GivenFile, place: string) => Promise<Json>

interface GivenFile {
  readonly $file: string
  readonly name?: Json
}

/** A list may name thousands of files. */
const LANES = 4

/** The value with each `{ $file, … }` in it replaced; itself, and at once, where there are none. */
export function replaceFiles(value: Json, place: string, replace: Replace): Promise<Json> | Json {
  const found = filesIn(value, place)
  return found.length === 0 ? value : replaceFound(value, found, replace)
}

async function replaceFound(value: Json, found: readonly FoundFile[], replace: Replace): Promise<Json> {
  const made = await inLanes(found, { lanes: LANES, work: ({ file, place: at }) => replace(file, at) })
  return withFiles(value, made.values())
}

interface FoundFile {
  readonly file: GivenFile
  readonly place: string
}

function filesIn(value: Json, place: string): readonly FoundFile[] {
  if (typeof value !== 'object' || value === null) return []
  if (isList(value)) return value.flatMap((item, index) => filesIn(item, `${place}[${index}]`))
  const { $file, name } = value
  if (typeof $file === 'string') return [{ file: { $file, ...(name === undefined ? {} : { name }) }, place }]
  return Object.entries(value).flatMap(([key, field]) => filesIn(field, `${place}.${key}`))
}

/** `made`: what each file is replaced by, in the order of `filesIn`. */
function withFiles(value: Json, made: Iterator<Json>): Json {
  if (typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.map((item) => withFiles(item, made))
  if (typeof value['$file'] === 'string') return made.next().value as Json
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withFiles(field, made)]))
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

import type { Json } from '../dsl/plan.ts'

/** Plain data whose type is an interface, which TypeScript gives no index signature: as the JSON that it is. */
export function plain(value: object): Json {
  return value as Json
}

/** What a child answered, and something that the activity knows of it. */
export function withField(answer: Json, field: object): Json {
  return plain({ ...(answer as object), ...field })
}

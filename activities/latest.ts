/** Remembers what was loaded under the latest `most` keys. What fails is loaded again. */
export function latest<Value>(most: number): (key: string, load: () => Promise<Value>) => Promise<Value> {
  const kept = new Map<string, Promise<Value>>()
  return (key, load) => {
    const known = kept.get(key)
    const value = known ?? load()
    if (known === undefined) value.catch(() => kept.delete(key))
    kept.delete(key)
    kept.set(key, value)
    const [oldest] = kept.keys()
    if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    return value
  }
}

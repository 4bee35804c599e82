/** Remembers what was loaded under the latest `most` keys. What fails is loaded again. */
export function latest<Value>(most: number): (key: string, load: () => Promise<Value>) => Promise<Value> {
  const kept = new Map<string, Promise<Value>>()
  return (key, load) => {
    const value = kept.get(key) ?? load()
    kept.delete(key)
    kept.set(key, value)
    value.catch(() => kept.delete(key))
    const [oldest] = kept.keys()
    if (kept.size > most && oldest !== undefined) kept.delete(oldest)
    return value
  }
}

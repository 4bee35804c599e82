/** Works on each item, at most `lanes` at a time, and answers in the items' order. Rejects with the first failure once none runs. */
export async function inLanes<In, Out>(
  items: readonly In[],
  { lanes, work }: { readonly lanes: number; readonly work: (item: In) => Promise<Out> },
): Promise<readonly Out[]> {
  const done: Out[] = []
  const failures: unknown[] = []
  const queue = items.entries()
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return
      await work(item).then(
        (out) => (done[index] = out),
        (error: unknown) => failures.push(error),
      )
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failures.length > 0) throw failures[0]
  return done
}

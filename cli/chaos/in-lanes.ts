/** Works through a list, so many at once, and answers in the list's order. Begins no more after one has thrown. */
export async function inLanes<T, R>(
  list: readonly T[],
  { lanes, work }: { readonly lanes: number; readonly work: (element: T, index: number) => Promise<R> },
): Promise<readonly R[]> {
  const answers: R[] = []
  const left = list.entries()
  const lane = async (): Promise<void> => {
    for (const [index, element] of left) answers[index] = await work(element, index)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return answers
}

/** So many at a time; others wait for their turn, first come, first served. */
export interface Turns {
  /** `undefined`: it is one's turn at once. Rejects with the signal's reason where that aborts first. Ends by `leave`. */
  enter(signal: AbortSignal): Promise<void> | undefined
  leave(): void
}

export function turns(atOnce: number): Turns {
  let free = atOnce
  const waiting = new Set<() => void>()

  function wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal.removeEventListener('abort', stop)
        resolve()
      }
      const stop = (): void => {
        waiting.delete(begin)
        reject(reasonOf(signal))
      }
      waiting.add(begin)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  return {
    enter: (signal) => {
      if (signal.aborted) return Promise.reject(reasonOf(signal))
      if (free === 0) return wait(signal)
      free -= 1
      return undefined
    },
    leave: () => {
      const [first] = waiting
      if (first === undefined) {
        free += 1
        return
      }
      waiting.delete(first)
      first()
    },
  }
}

/** Of an aborted signal: an Error, unless whoever aborted it gave something else. */
function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

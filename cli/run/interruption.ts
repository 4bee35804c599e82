/** Settles at the next Ctrl-C, which then does not end this process. A further one does. */
export function untilInterrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve('interrupted'))
  })
}

/** Until Ctrl-C or SIGTERM. Whoever asks once more is heard by another call. */
export function untilAsked(): Promise<void> {
  return new Promise((resolve) => {
    const asked = (): void => {
      process.off('SIGINT', asked)
      process.off('SIGTERM', asked)
      resolve()
    }
    process.on('SIGINT', asked)
    process.on('SIGTERM', asked)
  })
}

import { createWriteStream, existsSync, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs'
import { dirname } from 'node:path'

const ROTATE_AT_BYTES = 8 * 1024 * 1024

/** A file that output is appended to. At 8 MiB it becomes `<path>.1`, in place of the one before. */
export class LogFile {
  readonly path: string
  private stream: WriteStream
  private bytes: number

  constructor(path: string) {
    this.path = path
    mkdirSync(dirname(path), { recursive: true })
    this.bytes = existsSync(path) ? statSync(path).size : 0
    this.stream = openAppending(path)
  }

  write(chunk: Buffer): void {
    if (this.bytes >= ROTATE_AT_BYTES) this.rotate()
    this.bytes += chunk.length
    this.stream.write(chunk)
  }

  /** Settles when everything written is in the file. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.stream.end(() => resolve())
    })
  }

  private rotate(): void {
    this.stream.end()
    renameSync(this.path, `${this.path}.1`)
    this.stream = openAppending(this.path)
    this.bytes = 0
  }
}

function openAppending(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'a' })
  // A full disk ends the log, not the processes that write it.
  stream.on('error', () => {})
  return stream
}

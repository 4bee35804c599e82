/** A line for whoever looks on. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

import { writeWhole } from '../../activities/children/write-whole.ts'

// Puts a file again and again, 4 MiB of one digit each time, for a test that kills it; says the digit before each.
const [path = ''] = process.argv.slice(2)
for (let digit = 0; ; digit = (digit + 1) % 10) {
  process.stdout.write(`${digit}\n`)
  await writeWhole(path, String(digit).repeat(4 * 2 ** 20))
}

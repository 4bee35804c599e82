// Writes docs/errors.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cataloguePage } from './catalogue.ts'

writeFileSync(join(import.meta.dirname, '../../docs/errors.md'), cataloguePage())

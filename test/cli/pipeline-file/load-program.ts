import { loadPipeline } from '../../../cli/pipeline-file/load.ts'
import type { CliError } from '../../../cli/errors.ts'
import type { Project } from '../../../cli/pipeline-file/project.ts'

// Loads the file named first in the project given second, and writes why that failed.
const [file = '', project = ''] = process.argv.slice(2)
// Given by the test.
const error: unknown = await loadPipeline(file, JSON.parse(project) as Project).catch((fault: unknown) => fault)
console.log(JSON.stringify({ ...(error as CliError).fault, cause: undefined }))

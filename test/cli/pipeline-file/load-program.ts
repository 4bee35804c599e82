import type { CliError } from '../../../cli/errors.ts'
import { loadPipeline } from '../../../cli/pipeline-file/load.ts'
import type { Project } from '../../../cli/pipeline-file/project.ts'

// Loads the file named first in the project given second, and writes the name of its pipeline, or why it has none.
const [file = '', project = ''] = process.argv.slice(2)
try {
  // Given by the test.
  const { pipeline } = await loadPipeline(file, JSON.parse(project) as Project)
  console.log(JSON.stringify({ name: pipeline.name }))
} catch (error) {
  console.log(JSON.stringify({ fault: { ...(error as CliError).fault, cause: undefined } }))
}

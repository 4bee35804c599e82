export { canary } from './canary.ts'
export { runPipeline } from './run-pipeline.ts'

export { canary } from './canary.ts'
export { monitor } from './monitor.ts'
export { runPipeline } from './run-pipeline.ts'

import { each, parameter, pipeline, z } from '../../dsl/index.ts'
import { noOp } from './no-op.ts'

const salt = parameter('salt', z.string())
const steps = Array.from({ length: 100 }, (_, index) => index)

export default pipeline('bench-fan-out', { steps: [each(steps, (step) => noOp({ salt, step }))] })

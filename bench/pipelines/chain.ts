import { parameter, pipeline, z } from '../../dsl/index.ts'
import { noOp } from './no-op.ts'

const salt = parameter('salt', z.string())
let last = noOp({ salt, step: 0 }, { id: 'step-1' })
for (let step = 2; step <= 20; step += 1) last = noOp({ salt, step: last.output.step }, { id: `step-${step}` })

export default pipeline('bench-chain', { steps: [last] })

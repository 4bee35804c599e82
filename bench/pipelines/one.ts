import { parameter, pipeline, z } from '../../dsl/index.ts'
import { noOp } from './no-op.ts'

export default pipeline('bench-one', { steps: [noOp({ salt: parameter('salt', z.string()), step: 0 })] })

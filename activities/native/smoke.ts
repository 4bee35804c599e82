import { smokeRows } from '../../data/smoke-rows.ts'
import { nativeUnit } from './native-unit.ts'

export default nativeUnit(smokeRows)

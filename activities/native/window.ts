import { windowJudge } from '../monitor/judge-files.ts'
import { nativeUnit } from './native-unit.ts'

export default nativeUnit(windowJudge())

import { evaluateModel } from '../../data/evaluate-model.ts'
import { nativeUnit } from './native-unit.ts'

export default nativeUnit(evaluateModel)

import { validateDataset } from '../../data/validate.ts'
import { nativeUnit } from './native-unit.ts'

export default nativeUnit(validateDataset)

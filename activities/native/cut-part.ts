import { cutPart } from '../../data/cut-part.ts'
import { nativeUnit } from './native-unit.ts'

export default nativeUnit(cutPart)

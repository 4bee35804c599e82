import { buildFeatureTable } from '../../features/build-feature-table.ts'
import { nativeUnit } from './native-unit.ts'

export default nativeUnit(buildFeatureTable)

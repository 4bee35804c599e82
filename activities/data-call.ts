import type { Engine } from './engine.ts'
import type { UnitCall } from './unit-call.ts'

/** What the native unit `data` does: see `native/data.ts`. */
export type DataWork = 'ingest-part' | 'cut-part' | 'validate' | 'features' | 'materialize' | 'refresh' | 'reference'

type Code = Pick<UnitCall, 'unit'> & Required<Pick<UnitCall, 'local' | 'isOwn'>>

/** The part of a call that says what code it runs. */
export function dataCall({ nativeUnit }: Engine, does: DataWork): Code {
  return { unit: () => nativeUnit('data'), isOwn: true, local: { does } }
}

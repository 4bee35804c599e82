import { loadSettings, type Settings } from '../../config/settings.ts'
import { audit, type AuditLog } from '../../store/audit.ts'
import { openStore, type OpenStore } from '../../store/open-store.ts'
import type { TrustedKeys } from '../../store/signing/dsse.ts'
import { trusted } from '../../store/signing/keys.ts'

/** What commands about the audit chains work with. */
export interface AuditStore extends OpenStore {
  readonly settings: Settings
  readonly log: AuditLog
  readonly keys: TrustedKeys
}

/** `settings`: default: those of this process. */
export async function auditStore(settings: Settings = loadSettings()): Promise<AuditStore> {
  const store = openStore(settings.store)
  return { ...store, settings, log: audit(store.objects), keys: await trusted(settings.keys) }
}

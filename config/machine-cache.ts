import { homedir } from 'node:os'
import { join } from 'node:path'

/** What one machine needs once, whatever the project: `$XDG_CACHE_HOME/anneal`, or `~/.cache/anneal`. */
export function machineCache(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'anneal')
}

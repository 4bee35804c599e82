import { CliError } from './errors.ts'

/** Codes of https://grpc.io/docs/guides/status-codes that a person can do something about. */
const REMEDIES: Readonly<Record<number, string>> = {
  4: 'look whether the server is overloaded, then try again; runs go on by themselves',
  5: 'set TEMPORAL_NAMESPACE to one that is there, or create it: temporal operator namespace create NAME',
  7: 'check the rights of the API key or certificate',
  14: 'start it again, with `anneal dev` if it was that; runs go on where they were',
  16: 'check TEMPORAL_API_KEY and the TLS files',
}

/** What Temporal's server or the way to it answered with, as a fault; `undefined` for any other error. */
export function temporalFault(thrown: unknown): CliError | undefined {
  const status = grpcStatus(thrown) ?? (thrown instanceof Error ? grpcStatus(thrown.cause) : undefined)
  if (status === undefined) return undefined
  return new CliError('temporal-failed', {
    message: `Temporal answered with an error: ${status.details.split('\n')[0] ?? ''}`,
    remedy: REMEDIES[status.code] ?? 'look into the log of the Temporal server',
    cause: thrown,
  })
}

/** Told by its form: the class is of a package that only commands which need Temporal load. */
function grpcStatus(error: unknown): { readonly code: number; readonly details: string } | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('details' in error)) return undefined
  const { code, details } = error
  return typeof code === 'number' && typeof details === 'string' ? { code, details } : undefined
}

// A worker that dies as `DIES_AT` says.
await import('./dying-calls.ts')
// oxlint-disable-next-line no-restricted-imports -- this is the process that it is started as
await import('../../worker/main.ts')

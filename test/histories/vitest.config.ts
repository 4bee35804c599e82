import { defineConfig } from 'vitest/config'

/** `npm run record-histories`: each file records one group of the corpus, on a server and workers of its own. */
export default defineConfig({
  test: {
    include: ['test/histories/**/*.record.ts'],
    globalSetup: ['test/temporal-server.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
  },
})

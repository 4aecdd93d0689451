import { defineConfig } from 'vitest/config'

/** The matrix of real clients, and what else drives real package managers: `npm run test:clients`. Two clients at a time, each with a server of its own. */
export default defineConfig({
  test: {
    include: ['test/clients/*.test.ts', 'test/**/*.clients.test.ts'],
    exclude: ['**/node_modules/**'],
    reporters: ['default', ['json', { outputFile: 'test-results-clients.json' }]],
    maxWorkers: 2,
    globalSetup: ['test/temporary-folder.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

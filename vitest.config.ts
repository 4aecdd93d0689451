import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const pure = ['versions', 'cohort', 'calendar', 'gates', 'rollout', 'catalog', 'config']

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'test/clients/**'],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    // Many files wait for the clients that they started, so two cores take two files at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: pure.map((folder) => `src/${folder}/**/*.ts`),
      reporter: ['text-summary', 'text'],
      // Each folder for itself: a well-covered one makes up for no other.
      thresholds: Object.fromEntries(
        pure.map((folder) => [`src/${folder}/**/*.ts`, { lines: 95, branches: 95 }]),
      ),
    },
  },
})

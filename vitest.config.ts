import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const pure = ['versions', 'cohort', 'calendar', 'gates', 'rollout', 'catalog', 'config']

/** Tests that change what a whole process has: its HTTP client, its clock, its output or its environment. */
const apart = [
  'test/github/calls/**/*.test.ts',
  'test/action/serverless/**/*.test.ts',
  'test/sim/**/*.test.ts',
  'test/stories/**/*.test.ts',
]
/** What drives real package managers is `npm run test:clients`. */
const elsewhere = ['**/node_modules/**', 'test/clients/**', 'test/**/*.clients.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        // A worker reads every module once, not once for each file: that was a fifth of all processor time.
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: [...elsewhere, ...apart],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'apart', include: apart, exclude: elsewhere } },
    ],
    reporters: ['default', ['json', { outputFile: 'test-results.json' }]],
    // Many files wait for the clients that they started, so two cores take three files at a time.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // Tests start hundreds of programs of this project: what was compiled once is read from there.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url)) },
    globalSetup: ['test/temporary-folder.ts'],
    testTimeout: 60_000,
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

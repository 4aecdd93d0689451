import { defineConfig } from 'vitest/config'

/** The tests that speak of the gates and the heart; those over thousands of random histories cost a minute a mutant. */
export default defineConfig({
  test: {
    include: ['test/gates/**/*.test.ts', 'test/rollout/**/*.test.ts'],
    exclude: ['test/rollout/laws/**', 'test/rollout/**/{large,evidence-order}.test.ts'],
  },
})

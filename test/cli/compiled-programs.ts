import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Part of the environment of every program of this project that a test starts: Node compiles the sources once for all
 * of them, which halves what each start costs.
 */
export const compiledPrograms: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'slipway-tests-compiled'),
}

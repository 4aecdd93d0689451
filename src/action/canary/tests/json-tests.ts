import { z } from 'zod'
import type { ReadTest } from './told-tests.ts'

/** `jest --json`, `vitest --reporter=json`. */
const jest = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
})
/** `mocha --reporter json`. */
const mocha = z.object({
  stats: z.object({}),
  tests: z.array(z.object({ fullTitle: z.string(), err: z.object({ message: z.string().optional() }) })),
  pending: z.array(z.object({ fullTitle: z.string() })).default([]),
})
/** `pytest --json-report`. */
const pytest = z.object({
  tests: z.array(
    z.object({
      nodeid: z.string(),
      outcome: z.string(),
      call: z.object({ crash: z.object({ message: z.string() }).optional() }).optional(),
    }),
  ),
})

/** The tests of a JSON file of Jest, Vitest, Mocha or pytest-json-report; null where it is none of them. */
export function jsonTests(text: string): readonly ReadTest[] | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const ofJest = jest.safeParse(json)
  if (ofJest.success) {
    const all = ofJest.data.testResults.flatMap(({ assertionResults }) => assertionResults)
    return ended(all, ({ status }) => status).map(({ fullName, status, failureMessages }) => ({
      name: fullName,
      error: status === 'passed' ? null : (failureMessages?.[0] ?? ''),
    }))
  }
  const ofMocha = mocha.safeParse(json)
  if (ofMocha.success) {
    const pending = new Set(ofMocha.data.pending.map(({ fullTitle }) => fullTitle))
    return ofMocha.data.tests
      .filter(({ fullTitle }) => !pending.has(fullTitle))
      .map(({ fullTitle, err }) => ({
        name: fullTitle,
        error: Object.keys(err).length === 0 ? null : (err.message ?? ''),
      }))
  }
  const ofPytest = pytest.safeParse(json)
  if (!ofPytest.success) return null
  return ended(ofPytest.data.tests, ({ outcome }) => outcome).map(({ nodeid, outcome, call }) => ({
    name: nodeid,
    error: outcome === 'passed' ? null : (call?.crash?.message ?? ''),
  }))
}

const endings: ReadonlySet<string> = new Set(['passed', 'failed', 'error'])

function ended<T>(all: readonly T[], endOf: (one: T) => string): readonly T[] {
  return all.filter((one) => endings.has(endOf(one)))
}

import type { ToldByRun } from '../../../gates/told-by-run.ts'

/** One test as a runner's file has it; tests that were left out are not in it. */
export interface ReadTest {
  readonly name: string
  /** Null where it passed; empty where it failed without a word. */
  readonly error: string | null
}

export type ToldTests = NonNullable<ToldByRun['tests']>

/** What a report takes. */
const mostFailed = 1000
const longestName = 300
const longestError = 200

/** Tests as the report carries them: those that failed by name, sorted, each once. */
export function toldTests(tests: readonly ReadTest[]): ToldTests {
  const failed = new Map<string, string>()
  for (const { name, error } of tests) {
    const key = oneLine(name, longestName)
    if (error !== null && !failed.has(key)) failed.set(key, oneLine(error, longestError))
  }
  const names = [...failed.keys()].sort()
  return {
    total: tests.length,
    failed: names.slice(0, mostFailed).map((name) => {
      const error = failed.get(name) ?? ''
      return { name, ...(error !== '' && { error }) }
    }),
    truncated: names.length > mostFailed,
  }
}

function oneLine(text: string, most: number): string {
  const first = text.trim().split(/[\r\n]/)[0] ?? ''
  return [...first.replace(/\p{Cc}+/gu, ' ')].slice(0, most).join('').slice(0, most)
}

import { Parser } from 'htmlparser2'
import type { ReadTest } from './told-tests.ts'

const endings: ReadonlySet<string> = new Set(['failure', 'error'])
const leftOut: ReadonlySet<string> = new Set(['skipped', 'disabled'])

/** The test cases of a JUnit XML file, as pytest, Vitest, Jest, Mocha and Node write it; null where there is no suite in it. */
export function junitTests(text: string): readonly ReadTest[] | null {
  const found: ReadTest[] = []
  let isSuite = false
  let current: { name: string; error: string | null; skipped: boolean } | null = null
  let words: string | null = null
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        if (tag === 'testsuite' || tag === 'testsuites') isSuite = true
        if (tag === 'testcase') current = { name: nameOf(attributes), error: null, skipped: false }
        if (current === null) return
        if (leftOut.has(tag)) current.skipped = true
        if (!endings.has(tag)) return
        current.error ??= attributes.message ?? ''
        words = ''
      },
      ontext(more) {
        if (words !== null) words += more
      },
      onclosetag(tag) {
        if (endings.has(tag) && current !== null) {
          if (current.error === '') current.error = words ?? ''
          words = null
        }
        if (tag !== 'testcase' || current === null) return
        if (!current.skipped) found.push({ name: current.name, error: current.error })
        current = null
      },
    },
    { xmlMode: true },
  )
  parser.write(text)
  parser.end()
  return isSuite ? found : null
}

function nameOf({ classname = '', name = '' }: Readonly<Record<string, string>>): string {
  return classname === '' || name.startsWith(classname) ? name : `${classname} > ${name}`
}

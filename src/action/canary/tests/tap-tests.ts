import type { ReadTest } from './told-tests.ts'

const point = /^(\s*)(not )?ok\b(?:\s+\d+)?(?:\s+-)?\s*(.*)$/
const directive = /(?:^|\s)#\s*(?:skip|todo)\b/i
const plan = /^\s*1\.\.\d+/m

/** The test points of a TAP file, nested ones by the way to them; null where it is none. */
export function tapTests(text: string): readonly ReadTest[] | null {
  if (!/^TAP version \d+/m.test(text) && !plan.test(text)) return null
  const found: { name: string; error: string | null }[] = []
  const suites: string[] = []
  let isBlock = false
  for (const line of text.split(/\r?\n/)) {
    const subtest = /^(\s*)# Subtest: (.*)$/.exec(line)
    if (subtest !== null) {
      suites.length = Math.floor((subtest[1] ?? '').length / 4)
      suites.push(subtest[2] ?? '')
      continue
    }
    const match = point.exec(line)
    if (match === null) {
      const last = found.at(-1)
      const said = isBlock ? line.trim() : (/^\s+(?:error|message):\s*(.+)$/.exec(line)?.[1] ?? '')
      // A text of several lines begins on the next one.
      isBlock = /^[|>]-?$/.test(said)
      if (said !== '' && !isBlock && last?.error === '') last.error = said.replace(/^['"]|['"]$/g, '')
      continue
    }
    const [, indent = '', not, rest = ''] = match
    if (directive.test(rest)) continue
    const way = suites.slice(0, Math.floor(indent.length / 4))
    const name = [...way, rest.replace(/\s*\{\s*$/, '')].filter((part) => part !== '').join(' > ')
    found.push({ name, error: not === undefined ? null : '' })
  }
  return found
}

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sayFinding } from '../../src/contents/say-findings.ts'
import { findingLevels, isTrustCode, levelOf } from '../../src/gates/contents/finding-levels.ts'

const page = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8')
const codes = Object.keys(findingLevels) as (keyof typeof findingLevels)[]

it.each(codes)('%s stands in docs/findings.md with its level, and has a sentence', (code) => {
  const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${code}\``))
  const [, , level = '', ...said] = row?.split('|') ?? []
  expect(level.trim().split(';')[0]).toBe(findingLevels[code])
  // What it means, an example, false alarms.
  expect(said.map((cell) => cell.trim() !== '')).toEqual([true, true, true, false])
  expect(sayFinding({ code, what: ['a', 'b'], more: 0 })).toContain('a, b')
})

it('docs/findings.md has no code that there is not', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const named = rows.flatMap((line) =>
    [...(line.split('|')[1] ?? '').matchAll(/`([\w-]+)`/g)].map(([, code]) => code),
  )
  expect(named.toSorted()).toEqual(codes.toSorted())
})

it('what is asked about is only told in a major release', () => {
  for (const code of codes) {
    expect(levelOf(code, 'minor')).toBe(findingLevels[code])
    if (findingLevels[code] === 'ask') expect(levelOf(code, 'major')).toBe(isTrustCode(code) ? 'ask' : 'say')
  }
  expect(levelOf('own-import-missing', 'major')).toBe('stop')
  expect(levelOf('used-name-removed', 'major')).toBe('stop')
})

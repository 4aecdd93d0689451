import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const text = read('docs/security.md')
const rows = text.split('\n').filter((line) => /^\| (?!---|threat|who|permission)/.test(line))
const threats = rows.filter((line) => line.includes('.test.ts'))

it('every test that the threat model names exists', () => {
  const named = [...text.matchAll(/`(test\/[^`]+\.ts)`/g)].map((match) => match[1] ?? '')
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
})

it('every threat has a control and a test', () => {
  const sections = text.split(/^## /m).filter((section) => section.includes('| threat |'))
  expect(sections).toHaveLength(6)
  expect(threats.length).toBeGreaterThan(20)
  for (const section of sections) {
    for (const line of section.split('\n').filter((row) => /^\| (?!---|threat)/.test(row))) {
      const cells = line.split(' | ')
      expect(cells.length, line).toBe(3)
      expect(cells[1]?.length, line).toBeGreaterThan(15)
      expect(cells[2], line).toMatch(/`test\/[^`]+\.test\.ts`/)
    }
  }
})

it('every permission of both Apps has its reason there', () => {
  for (const file of ['app.yml', 'app.dependents.yml']) {
    const manifest: { default_permissions: Record<string, string> } = parse(read(file))
    for (const [name, level] of Object.entries(manifest.default_permissions)) {
      const said = name === 'single_file' ? 'the single file' : `\`${name}: ${level}\``
      expect(text).toContain(said)
    }
  }
})

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const text = read('app.yml')
const manifest: { default_events: string[]; default_permissions: Record<string, string> } = parse(text)

it('lists the events that the bot handles, and no other', () => {
  const handled = [...read('src/bot/app.ts').matchAll(/'([a-z_]+)\.[a-z_]+'|app\.on\('([a-z_]+)'/g)]
    .map((match) => match[1] ?? match[2] ?? '')
    // Every App is told of these; listing them is refused.
    .filter((event) => !event.startsWith('installation'))
  expect([...manifest.default_events].sort()).toEqual([...new Set(handled)].sort())
})

it('asks for the permissions that the adapter mints tokens with, and no other', () => {
  const needed: Record<string, string> = {}
  const folder = new URL('../../src/github', import.meta.url)
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const uses = read(`src/github/${file}`).matchAll(
      /\b(actions|checks|contents|deployments|issues|metadata|pull_requests|statuses): '(read|write)'/g,
    )
    for (const [, name = '', level = ''] of uses) if (needed[name] !== 'write') needed[name] = level
  }
  // Without this one GitHub tells of no advisory; nothing is read with it.
  expect(manifest.default_permissions).toEqual({ ...needed, repository_advisories: 'read' })
})

it('gives a reason for every event and permission', () => {
  const lines = text.split('\n')
  const asked = [
    ...manifest.default_events.map((name) => `  - ${name}`),
    ...Object.entries(manifest.default_permissions).map(([name, level]) => `  ${name}: ${level}`),
  ]
  for (const line of asked) expect(lines[lines.indexOf(line) - 1]).toMatch(/^ {2}# .{20,}/)
})

describe('the manifest for dependents', () => {
  const smaller = read('app.dependents.yml')
  const parsed: typeof manifest = parse(smaller)

  it('asks for the tests, the name and one file, and no more', () => {
    expect(parsed.default_permissions).toEqual({ actions: 'write', metadata: 'read', single_file: 'read' })
    expect(parsed.default_events).toEqual(['workflow_run'])
  })

  it('gives a reason for each, and for what it does not ask', () => {
    const lines = smaller.split('\n')
    for (const [name, level] of Object.entries(parsed.default_permissions)) {
      expect(lines[lines.indexOf(`  ${name}: ${level}`) - 1]).toMatch(/^ {2}# .{20,}/)
    }
    expect(smaller).toMatch(/^# {3}issues: write {2,}\S/m)
    expect(smaller).toMatch(/^# {3}pull_requests: write {2,}\S/m)
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const text = read('app.yml')
const manifest: { default_events: string[]; default_permissions: Record<string, string> } = parse(text)

it('lists the events that the bot handles, and no other', () => {
  const handled = [...read('src/bot/app.ts').matchAll(/'([a-z_]+)\.[a-z_]+'/g)].map((match) => match[1])
  expect([...manifest.default_events].sort()).toEqual([...new Set(handled)].sort())
})

it('asks for the permissions that the adapter mints tokens with, and no other', () => {
  const needed: Record<string, string> = {}
  for (const file of readdirSync(new URL('../../src/github', import.meta.url))) {
    const uses = read(`src/github/${file}`).matchAll(
      /\b(actions|contents|issues|metadata|pull_requests): '(read|write)'/g,
    )
    for (const [, name = '', level = ''] of uses) if (needed[name] !== 'write') needed[name] = level
  }
  expect(manifest.default_permissions).toEqual(needed)
})

it('gives a reason for every event and permission', () => {
  const lines = text.split('\n')
  const asked = [
    ...manifest.default_events.map((name) => `  - ${name}`),
    ...Object.entries(manifest.default_permissions).map(([name, level]) => `  ${name}: ${level}`),
  ]
  for (const line of asked) expect(lines[lines.indexOf(line) - 1]).toMatch(/^ {2}# .{20,}/)
})

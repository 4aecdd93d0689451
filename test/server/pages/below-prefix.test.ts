import { afterAll, beforeAll, expect, it } from 'vitest'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

const publicUrl = 'https://example.org/tools/slipway'
const readme = '[site](https://example.org/x) [here](#usage) [net](//example.net/y) and ` href="/code"`'

let open: TestIndex
let closed: TestIndex
beforeAll(async () => {
  open = await startIndex({ publicUrl })
  closed = await startIndex({ publicUrl, private: true })
  for (const version of ['1.0.0', '1.1.0']) await publishNpm(open, 'demo', version, { manifest: { readme } })
})
afterAll(async () => {
  expect([...open.errors, ...closed.errors]).toEqual([])
  for (const index of [open, closed]) await index.close()
})

/** Where a page's links lead that stay on its host. */
async function localLinks(index: TestIndex, path: string): Promise<string[]> {
  const page = await (await fetch(`${index.url}${path}`, { headers: { accept: 'text/html' } })).text()
  return [...page.matchAll(/ (?:href|src|action)="(\/(?!\/)[^"]*)"/g)].map(([, to = '']) => to)
}

it.each([
  ['open', '/'],
  ['open', '/packages?q=demo'],
  ['open', '/packages/npm/demo'],
  ['open', '/rollouts/npm:demo@1.1.0'],
  ['open', '/exceptions'],
  ['open', '/nothing-here'],
  ['private', '/packages'],
] as const)('links of pages stay below the prefix of publicUrl: %s server, %s', async (kind, path) => {
  const links = await localLinks(kind === 'open' ? open : closed, path)
  expect(links).toContain('/tools/slipway/packages')
  expect(links.filter((link) => !link.startsWith('/tools/slipway/'))).toEqual([])
})

it('changes nothing else of a page, and nothing of an index', async () => {
  const page = await (await fetch(`${open.url}/packages/npm/demo`)).text()
  for (const kept of ['"https://example.org/x"', '"#usage"', '"//example.net/y"', ' href=&quot;/code&quot;'])
    expect(page).toContain(kept)
  const simple = await fetch(`${open.url}/pypi/simple/`, { headers: { accept: 'text/html' } })
  expect(await simple.text()).not.toContain('tools/slipway/tools')
})

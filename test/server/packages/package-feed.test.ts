import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFeed } from '../../../src/server/packages/package-feed.ts'
import { explanation, transition } from '../../github/explanations.ts'
import { startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
  await withCandidate(index, '@acme/fed')
})
afterAll(() => index.close())

interface Read {
  readonly tag: string
  readonly text: string
  readonly children: readonly Read[]
  readonly href?: string
}

/** What a feed reader sees: read by an XML parser of another maker. */
function readXml(text: string): Read {
  const program = `
import json, sys, xml.etree.ElementTree as tree
def read(node):
    return {"tag": node.tag.split("}")[1], "text": node.text or "", "href": node.get("href"), "children": [read(child) for child in node]}
print(json.dumps(read(tree.fromstring(sys.stdin.buffer.read()))))`
  return JSON.parse(execFileSync('python3', ['-c', program], { input: text, encoding: 'utf8' }))
}

const within = (node: Read, tag: string) => node.children.filter((child) => child.tag === tag)
const one = (node: Read, tag: string) => within(node, tag)[0]?.text ?? ''

const path = '/api/v1/packages/npm/@acme/fed/feed.atom'

describe('the feed of a package', () => {
  it('tells what happened to its releases, for everybody, newest first', async () => {
    const reason = 'breaks <b>totals</b> & "more"'
    const by = { as: 'mona', reason }
    await index.ask('POST', '/api/v1/rollouts/npm:@acme/fed@1.1.0/rollback', by)
    const reply = await index.ask('GET', path, undefined, null)
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
    const feed = readXml(reply.text)
    expect(one(feed, 'title')).toBe('Releases of npm:@acme/fed')
    const entries = within(feed, 'entry')
    expect(entries.map((entry) => one(entry, 'title'))).toEqual([
      'npm:@acme/fed@1.1.0 was taken back',
      'npm:@acme/fed@1.1.0 is rolling out',
      'npm:@acme/fed@1.0.0 is completed',
    ])
    expect(one(entries[0] ?? feed, 'summary')).toBe(
      `Unpinned installs get the release before it again. Exact pins still install this one. The release before it is npm:@acme/fed@1.0.0. Why: ${reason}`,
    )
    expect(within(entries[0] ?? feed, 'link')[0]?.href).toMatch(/\/rollouts\/ro-[a-z2-7]{16}$/)
  })

  it('is not sent again to a reader that has it', async () => {
    const first = await index.ask('GET', path, undefined, null)
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
    const again = await fetch(`${index.url}${path}`, { headers })
    expect([again.status, await again.text()]).toEqual([304, ''])
  })

  it('is linked from the page of the package, and there is none for a name that nobody has', async () => {
    const page = await index.ask('GET', '/packages/npm/@acme/fed', undefined, null)
    expect(page.text).toContain(`href="${path}"`)
    const none = await index.ask('GET', '/api/v1/packages/npm/nobody-has-it/feed.atom', undefined, null)
    expect(none.status).toBe(404)
  })
})

it('is whole whatever a reason holds, and every element that Atom asks for is there', () => {
  const hostile = `]]></summary><entry>\u0000\u001b[31m\ud800 \u202e&amp; <!-- "' ${'x'.repeat(100_000)}`
  const history = Array.from({ length: 80 }, (_, version) =>
    transition({ version, type: 'rolled-back', reason: hostile, at: Date.UTC(2026, 10, 20) + version }),
  )
  const told = [...history, transition({ version: 90, type: 'held' })]
  const { text } = packageFeed('npm:demo', [explanation({ history: told })], 'https://slipway.test')
  const feed = readXml(text)
  expect(one(feed, 'id')).toBe('tag:slipway,2026:npm:demo')
  expect(one(feed, 'updated')).toMatch(/^2026-11-20T00:00:00/)
  expect(within(feed, 'author')).toHaveLength(1)
  const entries = within(feed, 'entry')
  expect(entries).toHaveLength(50)
  const ids = entries.map((entry) => one(entry, 'id'))
  expect(new Set(ids).size).toBe(50)
  expect(ids[0]).toBe('tag:slipway,2026:ro-aaaaaaaaaaaaaaaa/79')
  for (const entry of entries) {
    for (const tag of ['id', 'title', 'updated', 'summary']) expect(one(entry, tag)).not.toBe('')
    expect(one(entry, 'summary').length).toBeLessThan(1000)
  }
})

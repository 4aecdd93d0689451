import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmDocument, publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
  await withCandidate(index, '@acme/pages')
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

/** What a person reads: tags and styles away, blank lines too. */
const readable = (page: string) =>
  page
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/ro-[a-z2-7]{16}/g, 'ro-ID')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME')
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')

describe('pages', () => {
  it('shows where a rollout is, why, and what is next', async () => {
    const page = await index.ask('GET', '/rollouts/npm:@acme/pages@1.1.0', undefined, null)
    expect(page.headers.get('content-type')).toBe('text/html; charset=UTF-8')
    const words = readable(page.text)
    expect(words).toContain('npm:@acme/pages@1.1.0')
    expect(words).toContain('staged at 0 %.')
    expect(words).toContain('others get npm:@acme/pages@1.0.0')
    expect(words).toMatch(/Stages\nstage exposure state entered bakes until/)
    expect(words).toMatch(/Gates\ngate answer because\nbake wait/)
    expect(words).toMatch(/History\nwhen what exposure who why/)
  })

  it('lists rollouts and a package’s versions, with links between them', async () => {
    const overview = await index.ask('GET', '/', undefined, null)
    expect(readable(overview.text)).toContain('npm:@acme/pages@1.1.0')
    const { id } = index.engine.find('npm:@acme/pages@1.1.0') ?? { id: '' }
    expect(overview.text).toContain(`href="/rollouts/${id}"`)
    for (const path of ['/packages/npm/@acme/pages', '/packages/npm/@acme%2Fpages']) {
      const page = await index.ask('GET', path, undefined, null)
      expect(page.status).toBe(200)
      expect(readable(page.text)).toMatch(/1\.1\.0[^\n]*staged, 0 %/)
    }
  })

  it('escapes what others wrote and lets no script run', async () => {
    const reason = '<script>alert(1)</script>'
    await index.ask('POST', '/api/v1/rollouts/npm:@acme/pages@1.1.0/pause', { as: 'mona', reason })
    const page = await index.ask('GET', '/rollouts/npm:@acme/pages@1.1.0', undefined, null)
    expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page.text).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    await index.ask('POST', '/api/v1/rollouts/npm:@acme/pages@1.1.0/resume', { as: 'mona' })
  })

  it('shows what is live before what ended, and filters by phase in the address', async () => {
    const page = await index.ask('GET', '/', undefined, null)
    const words = readable(page.text)
    expect(words.indexOf('Live now')).toBeGreaterThan(-1)
    expect(words.indexOf('pages@1.1.0')).toBeLessThan(words.indexOf('Ended'))
    expect(words.indexOf('pages@1.0.0')).toBeGreaterThan(words.indexOf('Ended'))
    const completed = await index.ask('GET', '/?phase=completed', undefined, null)
    expect(completed.text).toContain('pages@1.0.0')
    expect(completed.text).not.toContain('pages@1.1.0')
    expect(completed.text).toContain('<a href="/?phase=completed" aria-current="page">')
    for (const phase of ['held', '<b>x']) {
      const none = await index.ask('GET', `/?phase=${encodeURIComponent(phase)}`, undefined, null)
      expect(readable(none.text)).toContain('No rollout is ')
      expect(none.text).not.toContain('<b>')
    }
  })

  it('says of a completed release that everybody gets it, and marks no stage as current', async () => {
    const page = await index.ask('GET', '/rollouts/npm:@acme/pages@1.0.0', undefined, null)
    expect(readable(page.text)).toContain('npm:@acme/pages@1.0.0 , for everybody')
    expect(page.text).not.toContain('others get')
    expect(page.text).not.toContain('aria-current="step"')
    expect(page.text).not.toContain('slipway stop')
    const live = await index.ask('GET', '/rollouts/npm:@acme/pages@1.1.0', undefined, null)
    expect(live.text).toContain('aria-current="step"')
    expect(readable(live.text)).toContain('slipway stop ro-ID')
  })

  it('finds packages by parts of their names', async () => {
    const found = await index.ask('GET', '/packages?q=ACME+page', undefined, null)
    expect(found.text).toContain('href="/packages/npm/@acme/pages"')
    const none = await index.ask('GET', '/packages?q=<i>', undefined, null)
    expect(none.text).toContain('No package here has “&lt;i&gt;” in its name.')
    expect((await index.ask('GET', '/packages', undefined, null)).text).toContain('@acme/pages')
  })

  it('tells how to install, by client, and gives the badge to copy', async () => {
    const { text } = await index.ask('GET', '/packages/npm/@acme/pages', undefined, null)
    for (const client of ['npm install', 'pnpm add', 'yarn add', 'bun add', 'deno add']) {
      expect(text).toContain(`${client} `)
    }
    expect(text).toContain(`--registry=${index.url}/npm/`)
    expect(text).toContain(`](${index.url}/badge/npm:@acme/pages@1.1.0.svg)`)
  })

  it('shows the README as text, links and headings, never as HTML of its own', async () => {
    const readme =
      '# Hello\n\n<script>alert(1)</script> [bad](javascript:alert(1)) [good](https://example.org)'
    const document = { ...(await npmDocument('with-readme', '1.0.0')), readme }
    expect((await index.ask('PUT', '/npm/with-readme', document)).status).toBe(201)
    const { text } = await index.ask('GET', '/packages/npm/with-readme', undefined, null)
    expect(text).toContain('<h3>Hello</h3>')
    expect(text).toContain('<a href="https://example.org">good</a>')
    expect(text).not.toContain('<script>')
    expect(text).not.toContain('href="javascript:')
  })

  it('names each column in each row, for narrow screens', async () => {
    const { text } = await index.ask('GET', '/', undefined, null)
    for (const column of ['release', 'phase', 'exposure', 'why'])
      expect(text).toContain(`data-label="${column}"`)
    expect(text).toContain('<th scope="col">release</th>')
    expect(text).toContain('<main>')
  })

  it('is a page where a browser asked for what is not there, and a problem document for all others', async () => {
    const ask = (accept: string) => fetch(`${index.url}/nothing/here`, { headers: { accept } })
    const browser = await ask('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8')
    expect(browser.status).toBe(404)
    expect(browser.headers.get('content-type')).toContain('text/html')
    expect(browser.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await browser.text()).toContain('There is nothing under this address.')
    for (const accept of ['*/*', 'application/vnd.pypi.simple.v1+json, text/html; q=0.01']) {
      const other = await ask(accept)
      expect(other.headers.get('content-type')).toContain('application/problem+json')
      expect(other.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it.each(['/rollouts/npm:none@1.0.0', '/packages/npm/none', '/packages/pypi/..%2f..', '/rollouts/x'])(
    '%s is a page that says so',
    async (path) => {
      const page = await index.ask('GET', path, undefined, null)
      expect(page.status).toBe(404)
      expect(readable(page.text)).toContain('Not found')
    },
  )
})

it('a private server tells a person in a browser so, without asking for a user name', async () => {
  const closed = await startIndex({ private: true })
  try {
    const ask = (path: string, accept: string) => fetch(closed.url + path, { headers: { accept } })
    const browser = 'text/html,application/xhtml+xml,*/*;q=0.8'
    for (const path of ['/', '/packages', '/rollouts/npm:x@1.0.0']) {
      const page = await ask(path, browser)
      expect(page.status).toBe(401)
      expect(page.headers.get('www-authenticate')).toBeNull()
      expect(await page.text()).toContain('This server is private')
    }
    const pip = await ask('/pypi/simple/', 'application/vnd.pypi.simple.v1+json, text/html; q=0.01')
    expect(pip.headers.get('www-authenticate')).toContain('Basic')
    expect((await ask('/npm/x', browser)).headers.get('www-authenticate')).toContain('Basic')
  } finally {
    await closed.close()
  }
})

describe('the badge', () => {
  it('says release and phase', async () => {
    const badge = await index.ask('GET', '/badge/npm:@acme/pages@1.1.0.svg', undefined, null)
    expect(badge.headers.get('content-type')).toContain('image/svg+xml')
    expect(badge.text).toContain('<title>npm:@acme/pages@1.1.0: staged</title>')
    const done = await index.ask('GET', '/badge/npm%3A%40acme%2Fpages%401.0.0.svg', undefined, null)
    expect(done.text).toContain('<title>npm:@acme/pages@1.0.0: completed</title>')
    expect((await index.ask('GET', '/badge/npm:none@1.0.0.svg', undefined, null)).text).toContain('unknown')
  })
})

describe('for machines that watch', () => {
  it('health, readiness and metrics', async () => {
    expect((await index.ask('GET', '/healthz', undefined, null)).json).toEqual({ ok: true })
    expect((await index.ask('GET', '/readyz', undefined, null)).json).toMatchObject({ ok: true })
    await fetch(`${index.url}/as/some-secret-key/npm/@acme/pages`)
    const metrics = await index.ask('GET', '/metrics', undefined, null)
    expect(metrics.text).toMatch(/^slipway_rollouts\{phase="staged"\} 1$/m)
    expect(metrics.text).toMatch(/^slipway_rollouts\{phase="completed"\} 2$/m)
    expect(metrics.text).toMatch(/^slipway_requests_total\{route="npm-read",status="200"\} \d+$/m)
    expect(metrics.text).toMatch(/^slipway_inbox_pending 0$/m)
    expect(metrics.text).not.toContain('some-secret-key')
  })
})

describe('webhooks', () => {
  it('are refused where no App is configured', async () => {
    expect((await index.ask('POST', '/api/github/webhooks', {}, null)).status).toBe(404)
  })

  it('reach the bot with their body untouched', async () => {
    const bodies: string[] = []
    const withBot = await startIndex(
      {},
      {
        bot: async (request, response) => {
          for await (const chunk of request) bodies.push(String(chunk))
          response.writeHead(202).end()
        },
      },
    )
    const answer = await withBot.ask('POST', '/api/github/webhooks', '{ "a":  1 }', null)
    expect(answer.status).toBe(202)
    expect(bodies.join('')).toBe('{ "a":  1 }')
    await withBot.close()
  })

  it('that the bot cannot store are answered so that GitHub keeps them', async () => {
    const failing = await startIndex({}, { bot: () => Promise.reject(new Error('disk full')) })
    const answer = await failing.ask('POST', '/api/github/webhooks', '{}', null)
    expect(answer.status).toBe(500)
    expect(answer.text).not.toContain('disk full')
    await failing.close()
  })
})

describe('a private server', () => {
  it('reads only with a token, except for probes', async () => {
    const closed = await startIndex({ private: true })
    await publishNpm(closed, 'hidden', '1.0.0')
    for (const path of ['/npm/hidden', '/as/alice/npm/hidden', '/', '/api/v1/rollouts', '/metrics']) {
      expect((await closed.ask('GET', path, undefined, null)).status).toBe(401)
    }
    const reader = await closed.token(['read'], ['*'])
    expect((await closed.ask('GET', '/npm/hidden', undefined, reader)).status).toBe(200)
    expect((await closed.ask('GET', '/healthz', undefined, null)).status).toBe(200)
    await closed.close()
  })

  it('keeps its files out of shared caches', async () => {
    const cacheOf = async (server: TestIndex) => {
      await publishNpm(server, 'kept-in', '1.0.0')
      const { headers } = await server.ask('GET', '/npm/kept-in/-/kept-in-1.0.0.tgz')
      return headers.get('cache-control')
    }
    const closed = await startIndex({ private: true })
    expect(await cacheOf(closed)).toBe('private, max-age=0, must-revalidate')
    expect(await cacheOf(index)).toBe('public, max-age=0, must-revalidate')
    await closed.close()
  })

  it('lets nobody in by the name under which canaries report', async () => {
    const closed = await startIndex({ private: true })
    await publishNpm(closed, 'results', '1.0.0')
    const { id } = closed.engine.all()[0] ?? { id: '' }
    const paths = [
      '/npm/results',
      '/as/alice/npm/results',
      `/rollouts/${id}/results`,
      '/packages/npm/results',
    ]
    for (const path of [...paths, `/api/v1/rollouts/${id}/results`]) {
      expect([path, (await closed.ask('GET', path, undefined, null)).status]).toEqual([path, 401])
    }
    const report = await closed.ask('POST', `/api/v1/rollouts/${id}/results`, '{}', null)
    expect(report.json.detail).toContain('OIDC token')
    await closed.close()
  })
})

describe('an address behind a rollout', () => {
  it.each(['/rollouts/npm:@acme/pages@1.1.0/events', '/badge/npm:@acme/pages@1.1.0/x.svg'])(
    '%s is no page',
    async (path) => {
      expect((await index.ask('GET', path)).status).toBe(404)
    },
  )
})

describe('a view prefix', () => {
  it.each(['/as/alice/api/v1/rollouts', '/channel/stable/', '/channel/candidate/metrics', '/as/alice'])(
    '%s leads to packages only',
    async (path) => {
      expect((await index.ask('GET', path)).status).toBe(404)
    },
  )
})

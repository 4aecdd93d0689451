import { describe, expect, it } from 'vitest'
import { adoptedPace, defaultPolicy } from '../../../src/config/policy/profiles.ts'
import { explainProblems } from '../../../src/config/reading/explain-problems.ts'
import { nameMatcher } from '../../../src/config/reading/match-name.ts'
import { parseServerFile } from '../../../src/config/server/server-file.ts'

describe('settings about other indexes', () => {
  it('are given in units that programs use, with every default', () => {
    const result = parseServerFile(`
upstreams:
  npm:
    url: https://registry.example.org/
    credentials: { token: NPM_UPSTREAM_TOKEN }
    ca: /etc/ssl/own.pem
    proxy: http://proxy.example.org:3128
    hosts: [files.example.org]
    fresh: 5m
    timeout: 10s
  pypi: { url: "https://pypi.org/simple/", credentials: { user: PYPI_USER, password: PYPI_PASSWORD } }
files: proxy
adopt:
  - { match: "npm:@big/*", exclude: ["@big/own-*"], policy: { profile: cautious }, cadence: monthly }
  - { match: "*" }
refresh: 1m
mirrors:
  - { userAgent: devpi, channel: candidate }
  - { address: 10.0.0.0/8 }
`)
    expect(result.ok && result.settings.overlay).toEqual({
      upstreams: {
        npm: {
          url: 'https://registry.example.org',
          credentials: { kind: 'token', token: 'NPM_UPSTREAM_TOKEN' },
          ca: '/etc/ssl/own.pem',
          proxy: 'http://proxy.example.org:3128',
          hosts: ['files.example.org'],
          freshMs: 300_000,
          timeoutMs: 10_000,
        },
        pypi: {
          url: 'https://pypi.org/simple',
          credentials: { kind: 'basic', user: 'PYPI_USER', password: 'PYPI_PASSWORD' },
          ca: null,
          proxy: null,
          hosts: ['files.pythonhosted.org'],
          freshMs: 60_000,
          timeoutMs: 30_000,
        },
      },
      files: 'proxy',
      adopt: [
        {
          match: 'npm:@big/*',
          exclude: ['@big/own-*'],
          policy: { ...defaultPolicy('cautious'), pace: adoptedPace },
          cadence: 'monthly',
          gone: null,
          goneBlocksMs: 30 * 24 * 60 * 60_000,
          newPackageMs: 24 * 60 * 60_000,
          pins: 'serve',
          lateFilesMs: 24 * 60 * 60_000,
        },
        {
          match: '*',
          exclude: [],
          policy: { ...defaultPolicy(), pace: adoptedPace },
          cadence: 'every release',
          gone: null,
          goneBlocksMs: 30 * 24 * 60 * 60_000,
          newPackageMs: 24 * 60 * 60_000,
          pins: 'serve',
          lateFilesMs: 24 * 60 * 60_000,
        },
      ],
      exceptions: [],
      refreshMs: 60_000,
      mirrors: [
        { userAgent: 'devpi', address: null, channel: 'candidate' },
        { userAgent: null, address: '10.0.0.0/8', channel: 'stable' },
      ],
    })
  })

  it('name what is wrong with them, all at once', () => {
    const text = `
upstreams:
  npm: { url: registry.example.org, credentials: { token: "npm_secret value" } }
  pypi: { url: "https://pypi.org/simple", credentials: { user: A } }
files: keeps
adopt: [{ match: "npm:*", cadence: daily, urgent: { by: root }, policy: { train: a } }]
mirrors: [{ channel: stable }]
`
    const result = parseServerFile(text)
    expect(result.ok ? [] : explainProblems('s.yml', result.problems).split('\n')).toMatchInlineSnapshot(`
      [
        "s.yml:3:15 upstreams.npm.url: got "registry.example.org", expected an http or https address without query, such as https://packages.example.org",
        "s.yml:3:59 upstreams.npm.credentials.token: got "npm_secret value", expected the name of an environment variable such as NPM_UPSTREAM_TOKEN",
        "s.yml:4:56 upstreams.pypi.credentials: got {"user":"A"}, expected token, or user and password, each the name of an environment variable",
        "s.yml:5:8 files: got "keeps", expected one of keep, redirect, proxy; did you mean keep",
        "s.yml:6:36 adopt[0].cadence: got "daily", expected one of every release, monthly, quarterly, yearly",
        "s.yml:6:57 adopt[0].urgent.by: got "root", expected one of write, maintain, admin",
        "s.yml:6:82 adopt[0].policy.train: got "a", expected no train, packages of different owners cannot share one",
        "s.yml:7:11 mirrors[0]: got {"channel":"stable"}, expected userAgent, address or both, to know the client by",
      ]
    `)
  })

  it('adopt needs an upstream', () => {
    const result = parseServerFile('adopt: [{ match: "npm:*" }]')
    expect(result.ok ? [] : result.problems.map(({ field, expected }) => `${field}: ${expected}`)).toEqual([
      'upstreams: an upstream, because adopt is about packages that come from one',
    ])
  })
})

describe('a name pattern', () => {
  it.each([
    ['@acme/*', 'npm:@acme/lib', true],
    ['@acme/*', 'npm:@acmecorp/lib', false],
    ['acme-*', 'pypi:acme-lib', true],
    ['acme-*', 'npm:acme-lib', true],
    ['npm:acme-*', 'pypi:acme-lib', false],
    ['pypi:Acme_*', 'pypi:acme-lib', true],
    ['a.b', 'npm:axb', false],
    ['*', 'npm:@s/x', true],
    ['lib', 'npm:lib2', false],
  ])('%s for %s: %s', (pattern, id, matches) => expect(nameMatcher([pattern])(id)).toBe(matches))
})

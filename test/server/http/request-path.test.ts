import { describe, expect, it } from 'vitest'
import { parseRequestPath } from '../../../src/server/http/request-path.ts'

const rollout = 'ro-abcdefghij234567'

describe('view prefixes of a request path', () => {
  it.each([
    ['/npm/demo', null, '/npm/demo'],
    ['/as/alice/npm/demo', { kind: 'cohort', key: 'alice' }, '/npm/demo'],
    ['/as/a%7Eb/pypi/simple/', { kind: 'cohort', key: 'a~b' }, '/pypi/simple/'],
    ['/channel/stable/npm/demo', { kind: 'stable', finals: true }, '/npm/demo'],
    ['/channel/beta/npm/demo', { kind: 'channel', channel: 'beta', key: null }, '/npm/demo'],
    [
      '/channel/beta/every/2-months/npm/demo',
      { kind: 'channel', channel: 'beta', key: null, every: { unit: 'month', count: 2 } },
      '/npm/demo',
    ],
    ['/channel/candidate/pypi/simple/x/', { kind: 'candidate' }, '/pypi/simple/x/'],
    [`/arm/${rollout}/candidate/npm/x`, { kind: 'arm', rollout, arm: 'candidate', nonce: null }, '/npm/x'],
    [`/arm/${rollout}/baseline/n-1/npm/x`, { kind: 'arm', rollout, arm: 'baseline', nonce: 'n-1' }, '/npm/x'],
  ])('%s', (target, view, rest) => {
    const parsed = parseRequestPath(target)
    expect(parsed).toMatchObject({ ok: true, path: { view, rest } })
  })

  it('puts only a nonce in front of file addresses, never a key or channel', () => {
    const prefixOf = (target: string) => {
      const parsed = parseRequestPath(target)
      return parsed.ok ? parsed.path.filePrefix : null
    }
    expect(prefixOf('/as/alice/npm/x')).toBe('')
    expect(prefixOf('/channel/candidate/npm/x')).toBe('')
    expect(prefixOf(`/arm/${rollout}/candidate/npm/x`)).toBe('')
    expect(prefixOf(`/arm/${rollout}/candidate/n1/npm/x`)).toBe(`/arm/${rollout}/candidate/n1`)
  })

  it.each(['/npm/@s/p', '/npm/@s%2fp', '/npm/@s%2Fp', '/npm/%40s%2fp'])(
    '%s is the scoped package',
    (target) => {
      expect(parseRequestPath(target)).toMatchObject({ path: { rest: '/npm/@s/p' } })
    },
  )

  it.each([
    ['/react/-/react-18.2.0.tgz', '/npm/react/-/react-18.2.0.tgz'],
    ['/@s%2fp/-/p-1.0.0.tgz', '/npm/@s/p/-/p-1.0.0.tgz'],
    // Packages that are called as a prefix is.
    ...['npm', 'pypi', 'api', 'as', 'channel', 'view', 'arm', 'at', 'packages'].map((name) => [
      `/${name}/-/${name}-1.0.0.tgz`,
      `/npm/${name}/-/${name}-1.0.0.tgz`,
    ]),
    ['/npm/npm/-/npm-1.0.0.tgz', '/npm/npm/-/npm-1.0.0.tgz'],
    ['/download/@s/p/1.0.0/abc', '/npm/download/@s/p/1.0.0/abc'],
  ])('%s is a tarball at the root of the host', (target, rest) => {
    expect(parseRequestPath(target)).toMatchObject({ path: { view: null, rest } })
  })

  it.each(['/react', '/-/npm/v1/keys', '/packages/npm/react', '/api/v1/packages/npm/@s/p/-/p-1.tgz'])(
    '%s is none',
    (target) => {
      expect(parseRequestPath(target)).toMatchObject({ path: { rest: target } })
    },
  )

  it('reads a target with scheme and host as its path', () => {
    expect(parseRequestPath('http://index.example/as/alice/npm/x?a=1')).toMatchObject({
      path: { view: { kind: 'cohort', key: 'alice' }, rest: '/npm/x', query: '?a=1' },
    })
  })

  it('keeps the query apart', () => {
    expect(parseRequestPath('/npm/x?write=true')).toMatchObject({
      path: { rest: '/npm/x', query: '?write=true' },
    })
  })

  it('decodes a key once, so an encoded encoding is no key', () => {
    const parsed = parseRequestPath('/as/a%257Eb/npm/x')
    expect(parsed).toMatchObject({ ok: false, problem: { status: 400, field: 'key' } })
  })

  it.each([
    ['/as//npm/x', 400],
    ['/as/a b/npm/x', 400],
    ['/as/%ff/npm/x', 400],
    [`/as/${'k'.repeat(201)}/npm/x`, 400],
    ['/channel/Beta/npm/x', 404],
    ['/channel/beta/every/npm/x', 404],
    ['/channel/beta/every/0-months/npm/x', 404],
    ['/channel/beta/every/2months/npm/x', 404],
    ['/channel/beta/every/121-months/npm/x', 404],
    ['/channel/stable/every/2-months/npm/x', 404],
    ['/channel/-beta/npm/x', 404],
    [`/channel/b${'e'.repeat(32)}/npm/x`, 404],
    ['/arm/ro-short/candidate/npm/x', 404],
    [`/arm/${rollout}/other/npm/x`, 404],
    [`/arm/${rollout}/candidate/bad%20nonce/npm/x`, 404],
  ])('%s is refused with %i', (target, status) => {
    expect(parseRequestPath(target)).toMatchObject({ ok: false, problem: { status } })
  })

  it.each([
    '/as/alice/npm/../api/v1/rollouts',
    '/as/alice/npm/%2e%2E/api/v1/rollouts',
    '/npm/./demo',
    '/npm/..',
    '/api/v1/why#/api/v1/rollouts/x/results',
    '/npm\\demo',
  ])('%s, which a router would read as another path, is refused', (target) => {
    expect(parseRequestPath(target)).toMatchObject({ ok: false, problem: { status: 400 } })
  })

  it.each(['/npm/a..b', '/npm/.b', '/pypi/files/x/a..whl', '/npm/demo/%5E1.0.0'])(
    '%s is a plain path',
    (target) => {
      expect(parseRequestPath(target)).toMatchObject({ ok: true, path: { rest: target } })
    },
  )

  it('never repeats a key in the message', () => {
    const parsed = parseRequestPath('/as/secret!key/npm/x')
    expect(JSON.stringify(parsed)).not.toContain('secret')
  })
})

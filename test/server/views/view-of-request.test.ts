import { describe, expect, it } from 'vitest'
import { createAddressReader } from '../../../src/server/views/client-address.ts'
import {
  type Asker,
  createViewOfRequest as createFinder,
  type ViewRules,
} from '../../../src/server/views/view-of-request.ts'

const rules = (change: Partial<ViewRules> = {}): ViewRules => ({
  anonymous: 'address',
  anonymousCi: 'stable',
  trustedProxies: [],
  ...change,
})

const createViewOfRequest = (given: ViewRules) => {
  const find = createFinder(given)
  return (who: Asker) => find(who).view
}

const asker = (headers: Asker['headers'] = {}, remoteAddress = '198.51.100.7'): Asker => ({
  headers,
  remoteAddress,
})

const basic = (user: string, password = '') =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

const pipAgent =
  'pip/24.2 {"ci":null,"installer":{"name":"pip","version":"24.2"},"user_data":"slipway=team-a"}'

describe('the view of a request without a view in its path', () => {
  it.each<[string, Asker['headers'], string]>([
    ['Basic user name', { authorization: basic('alice', 'x') }, 'alice'],
    ['user agent of npm', { 'user-agent': 'npm/11.0.0 node/v24 linux x64 slipway=team-a' }, 'team-a'],
    ['user data of pip', { 'user-agent': pipAgent }, 'team-a'],
    ['user name before user agent', { authorization: basic('alice'), 'user-agent': pipAgent }, 'alice'],
    [
      'user agent behind a token',
      { authorization: basic('__token__', 's'), 'user-agent': pipAgent },
      'team-a',
    ],
    ['address and client kind', { 'user-agent': 'pip/24.2 {}' }, 'net:198.51.100.0/24:pip'],
    ['address without a user agent', {}, 'net:198.51.100.0/24:other'],
  ])('%s', (_, headers, key) => {
    expect(createViewOfRequest(rules())(asker(headers))).toEqual({ kind: 'cohort', key })
  })

  it.each([
    ['2001:db8:1:2::9', 'net:2001:db8:1::/48:other'],
    ['2001:db8::9', 'net:2001:db8::/48:other'],
    ['::ffff:203.0.113.9', 'net:203.0.113.0/24:other'],
    ['::1', 'net:::/48:other'],
  ])('takes the network of %s', (address, key) => {
    expect(createViewOfRequest(rules())(asker({}, address))).toEqual({ kind: 'cohort', key })
  })

  it('shows only full releases to a key that it cannot read', () => {
    const view = createViewOfRequest(rules())
    expect(view(asker({ authorization: basic('bob@corp.example') }))).toEqual({ kind: 'stable' })
    expect(view(asker({ 'user-agent': 'npm/11 slipway=a/b' }))).toEqual({ kind: 'stable' })
  })

  it('shows only full releases to strangers where the operator says so', () => {
    expect(createViewOfRequest(rules({ anonymous: 'stable' }))(asker())).toEqual({ kind: 'stable' })
  })

  describe('forwarded addresses', () => {
    const forwarded = { 'x-forwarded-for': '192.0.2.1, 203.0.113.5' }
    const at = (address: string) => ({ kind: 'cohort', key: `net:${address}:other` })
    const stable = { kind: 'stable' }

    it.each<[string, Asker['headers'], string, string[], object]>([
      ['from anybody else show full releases only', forwarded, '198.51.100.7', [], stable],
      ['also behind one who stands between', forwarded, '198.51.100.7', ['203.0.113.5'], stable],
      ['count behind this machine itself', forwarded, '127.0.0.1', [], at('203.0.113.0/24')],
      ['also as IPv6', forwarded, '::ffff:127.0.0.1', [], at('203.0.113.0/24')],
      ['count behind a private peer', forwarded, '10.1.2.3', [], at('203.0.113.0/24')],
      ['also a private IPv6 one', forwarded, 'fd00::7', [], at('203.0.113.0/24')],
      ['count behind a named proxy', forwarded, '198.51.100.7', ['198.51.100.0/24'], at('203.0.113.0/24')],
      [
        'count up to the first hop that is no proxy',
        { 'x-forwarded-for': '192.0.2.1, 10.0.0.9' },
        '10.0.0.8',
        [],
        at('192.0.2.0/24'),
      ],
      [
        'are the farthest where all are private',
        { 'x-forwarded-for': '10.7.7.7, 10.0.0.9' },
        '10.0.0.8',
        [],
        at('10.7.7.0/24'),
      ],
      ['may have a port', { 'x-forwarded-for': '192.0.2.1:51234' }, '10.0.0.8', [], at('192.0.2.0/24')],
      [
        'may be written as Forwarded',
        { forwarded: 'for="[2001:db8:1::7]:443";proto=https' },
        '10.0.0.8',
        [],
        at('2001:db8:1::/48'),
      ],
      ['may be written as X-Real-IP', { 'x-real-ip': '192.0.2.1' }, '10.0.0.8', [], at('192.0.2.0/24')],
      ['that are none show full releases only', { 'x-forwarded-for': 'unknown' }, '10.0.0.8', [], stable],
      ['that are missing, too', { 'x-forwarded-proto': 'https' }, '10.0.0.8', [], stable],
      ['as X-Real-IP of strangers, too', { 'x-real-ip': '192.0.2.1' }, '198.51.100.7', [], stable],
      ['a named proxy without any, too', {}, '198.51.100.7', ['198.51.100.7'], stable],
      ['a private peer without any is itself', {}, '10.0.0.8', [], at('10.0.0.0/24')],
    ])('%s', (_, headers, peer, trustedProxies, view) => {
      expect(createViewOfRequest(rules({ trustedProxies }))(asker(headers, peer))).toEqual(view)
    })

    it('are told of where nobody named the peer, and where there are none', () => {
      const told: unknown[] = []
      const view = createFinder(rules(), (found) => told.push(found))
      expect(view(asker(forwarded)).by).toBe('unnamed-proxy')
      expect(view(asker({ 'x-forwarded-proto': 'https' }, '10.0.0.8')).by).toBe('silent-proxy')
      view(asker(forwarded, '10.0.0.8'))
      view(asker({ ...forwarded, authorization: basic('alice') }))
      expect(told).toEqual([
        { kind: 'unnamed-proxy', peer: '198.51.100.7' },
        { kind: 'silent-proxy', peer: '10.0.0.8' },
      ])
    })

    it.each([
      ['198.51.100.7', [], '198.51.100.7'],
      ['10.0.0.8', [], '10.0.0.8'],
      ['127.0.0.1', [], '203.0.113.5'],
      ['10.0.0.8', ['10.0.0.0/8'], '203.0.113.5'],
    ])('from %s with %s are no more than %s to the audit log', (peer, trusted, address) => {
      expect(createAddressReader(trusted)(forwarded, peer)).toBe(address)
    })
  })

  describe('CI jobs without a key', () => {
    const pip = 'pip/26.3 {"ci":true,"installer":{"name":"pip"}}'
    const npm = 'npm/11.19.1 node/v24.1.0 linux x64 workspaces/false ci/github-actions'

    it.each([pip, npm])('see full releases only, so that a matrix is not mixed: %s', (agent) => {
      const found = createFinder(rules())(asker({ 'user-agent': agent }))
      expect(found).toEqual({ view: { kind: 'stable' }, by: 'ci' })
    })

    it('count by address where the operator says so, and with a key as everybody', () => {
      const byAddress = createViewOfRequest(rules({ anonymousCi: 'address' }))
      expect(byAddress(asker({ 'user-agent': pip }))).toMatchObject({ key: 'net:198.51.100.0/24:pip' })
      const keyed = createViewOfRequest(rules())(asker({ 'user-agent': `${npm} slipway=team` }))
      expect(keyed).toEqual({ kind: 'cohort', key: 'team' })
    })

    it.each([
      'pip/26.3 {"ci":null}',
      'npm/11.19.1 node/v24.1.0 linux x64 workspaces/false',
      'pnpm/12.0 npm/? node/v24',
    ])('are not guessed: %s', (agent) => {
      expect(createFinder(rules())(asker({ 'user-agent': agent })).by).toBe('address')
    })
  })
})

import { describe, expect, it } from 'vitest'
import { type Asker, createViewOfRequest, type ViewRules } from '../../../src/server/views/view-of-request.ts'

const rules = (change: Partial<ViewRules> = {}): ViewRules => ({
  anonymous: 'address',
  trustedProxies: [],
  ...change,
})

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
    it('count for nothing from anybody else', () => {
      expect(createViewOfRequest(rules())(asker(forwarded))).toEqual({
        kind: 'cohort',
        key: 'net:198.51.100.0/24:other',
      })
    })
    it('count behind a trusted proxy, up to the first hop that is not one', () => {
      const view = createViewOfRequest(rules({ trustedProxies: ['198.51.100.0/24'] }))
      expect(view(asker(forwarded))).toEqual({ kind: 'cohort', key: 'net:203.0.113.0/24:other' })
    })
    it('give no exposure when they are no addresses', () => {
      const view = createViewOfRequest(rules({ trustedProxies: ['198.51.100.7'] }))
      expect(view(asker({ 'x-forwarded-for': 'unknown' }))).toEqual({ kind: 'stable' })
    })
  })
})

import { describe, expect, it } from 'vitest'
import { addressKey, networkOf } from '../../src/cohort/address-key.ts'
import { clientKindOf } from '../../src/cohort/client-kind.ts'

describe('networkOf', () => {
  it.each([
    ['203.0.113.9', '203.0.113.0/24'],
    ['2001:db8:1:2::9', '2001:db8:1::/48'],
    ['2001:DB8:0001::9', '2001:db8:1::/48'],
    ['2001:db8::9', '2001:db8::/48'],
    ['2001:0:0:1::', '2001::/48'],
    ['2001:0:7::1', '2001:0:7::/48'],
    ['::1', '::/48'],
    ['0:0:5:1::1', '0:0:5::/48'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:0:0:2:3:4:5:6', '2001::/48'],
    ['fe80::1%eth0', 'fe80::/48'],
  ])('%s lies in %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it.each(['2001:db8:1:2::9', '2001:db8::9', '::1', '2001:0:7::1'])('is canonical for %s', (address) => {
    const [prefix] = networkOf(address).split('/')
    expect(new URL(`http://[${prefix}]`).hostname).toBe(`[${prefix}]`)
  })

  it('makes keys that nobody can choose', () => {
    expect(addressKey('203.0.113.0/24', 'pip')).toBe('net:203.0.113.0/24:pip')
  })
})

describe('clientKindOf', () => {
  it.each([
    ['pip/26.3 {"ci":null,"installer":{"name":"pip","version":"26.3"}}', 'pip'],
    ['uv/0.13.9 {"installer":{"name":"uv"}}', 'uv'],
    ['poetry/2.5.1 CPython/3.12.3 Linux/6.8', 'poetry'],
    ['pdm/2.29.0 CPython/3.12.3 Linux/6.8', 'pdm'],
    ['npm/11.21.2 node/v24.1.0 linux x64 workspaces/false slipway=team-a', 'npm'],
    ['pnpm/12.21.0 npm/? node/v24.1.0 linux x64', 'pnpm'],
    ['yarn/1.22.22 npm/? node/v24.1.0 linux x64', 'yarn'],
    ['got (https://github.com/sindresorhus/got)', 'yarn'],
    ['Bun/1.4.5', 'bun'],
    ['Deno/2.9.6', 'deno'],
    ['pip', 'pip'],
    ['pipenv/2026.10', 'other'],
    ['npmjs/1', 'other'],
    ['other/1', 'other'],
    ['Mozilla/5.0 pip/26.3', 'other'],
    ['', 'other'],
  ])('%s is %s', (userAgent, kind) => {
    expect(clientKindOf(userAgent)).toBe(kind)
  })
})

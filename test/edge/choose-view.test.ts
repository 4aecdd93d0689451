import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { viewIdOf } from '../../src/catalog/views/view-id.ts'
import { bucketOf, inCohort } from '../../src/cohort/bucket.ts'
import { createViewOfRequest, type ViewRules } from '../../src/server/views/view-of-request.ts'
import { fromKit } from './edge-kit.ts'

const view = (await fromKit('choose-view.js')).default
const { takeRules } = await fromKit('take-rules.js')
const { belowPattern } = await fromKit('varnish/rules-as-vcl.js')

const hex = (text: string) => hash('sha256', text, 'hex')
const bytes = (text: string) => hash('sha256', text, 'buffer')
const salt = 'abcdefghijklmnopqrstuvwxyz'
const id = (letter: string) => `ro-${letter.repeat(16)}`

const nobody = {
  method: 'GET',
  path: '/npm/demo',
  query: '',
  authorization: '',
  explain: '',
  userAgent: 'npm/11.0.0 node/v24.0.0',
  forwarded: '',
  peer: '203.0.113.7',
}
const rules = {
  v: 1,
  epoch: 'k7',
  position: 8,
  at: 1000,
  anonymous: { hosted: 'address', overlaid: 'stable', ci: 'stable' },
  trustedProxies: [],
  mirrors: [],
  packages: {},
}
const live = (bp: number, always: readonly string[] = []) => ({ id: id('a'), salt, bp, always })

function addressOf(request: object, known: object | null, now = 1000): string | null {
  const asked = view.ask({ ...nobody, ...request }, known, now)
  return asked === null ? null : view.address(asked, hex)
}

describe('an edge', () => {
  it('finds the key of a request as Slipway does', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom('::ffff:192.0.2.1', 'unknown', '10.1.2.3', '[2001:db8::1]:443', '192.0.2.7:80'),
    )
    const agent = fc.constantFrom(
      'npm/11.0.0 node/v24 slipway=team',
      'pip/25.0 {"user_data":"slipway=a.b"}',
      'npm/11 slipway=',
      'npm/11 slipway=ü',
      'got (https://github.com/sindresorhus/got)',
      'yarn/4.1.0',
      'npm/11.0.0 node/v24 linux x64 workspaces/false ci/github-actions',
      'pip/25.0 {"ci":true}',
      'Bun/1.3',
      'devpi-server/6.0',
      '',
      'PDM/2.0',
    )
    const settings: ViewRules = {
      anonymous: 'address',
      anonymousCi: 'stable',
      trustedProxies: ['10.0.0.0/8', 'fd00::/8'],
      mirrors: [
        { userAgent: 'devpi', address: null, channel: 'stable' },
        { userAgent: null, address: '198.51.100.0/24', channel: 'candidate' },
      ],
    }
    const told = {
      ...rules,
      trustedProxies: settings.trustedProxies,
      mirrors: [
        { userAgent: 'devpi', view: 'stable' },
        { address: '198.51.100.0/24', view: 'candidate' },
      ],
      packages: { 'npm/demo': { doc: 'd', live: [live(5000)] } },
    }
    const ofRequest = createViewOfRequest(settings)
    fc.assert(
      fc.property(address, fc.array(address, { maxLength: 3 }), agent, (peer, hops, userAgent) => {
        const forwarded = hops.join(', ')
        // What Slipway hears from the edge, which adds its own peer to the list.
        const list = [...hops, peer].join(', ')
        const headers = { 'user-agent': userAgent, 'x-forwarded-for': list }
        const { view: own } = ofRequest({ headers, remoteAddress: '127.0.0.1' })
        const asked = view.ask({ ...nobody, userAgent, forwarded, peer }, told, 1000)
        if (own.kind === 'cohort') expect([asked.key, asked.prefix]).toEqual([own.key, ''])
        else if (asked.prefix !== '') expect(asked.prefix).toBe(`/channel/${own.kind}`)
        else expect([own.kind, asked.key]).toEqual(['stable', null])
      }),
      { numRuns: 3000 },
    )
  })

  it('names the view that a bucket and its groups give', () => {
    const shares = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(shares, fc.stringMatching(/^[A-Za-z0-9._~-]{1,40}$/), fc.boolean(), (bps, key, chosen) => {
        const always = chosen ? [hex(`k2:${salt}:${key}`).slice(0, 32)] : ['f'.repeat(32)]
        const lives = bps.map((bp, index) => ({ ...live(bp, always), id: id('abcd'[index] ?? 'e') }))
        const told = { ...rules, packages: { 'npm/demo': { doc: '4f1c', live: lives } } }
        const seen = lives.filter(({ bp }) => chosen || inCohort(bucketOf(bytes, salt, key), bp))
        expect(addressOf({ path: `/as/${key}/npm/demo` }, told)).toBe(
          `/view/${viewIdOf(seen.map((one) => one.id))}/npm/demo?doc=4f1c`,
        )
      }),
    )
  })

  it.each([
    ['an upload', { method: 'PUT' }],
    ['who asks for a bucket', { explain: '1' }],
    ['a token', { authorization: 'Bearer x' }],
    ['the stored document', { query: 'write=true' }],
    ['a file', { path: '/npm/demo/-/demo-1.0.0.tgz' }],
    ['the API', { path: '/api/v1/rollouts' }],
    ['an arm', { path: '/arm/ro-aaaaaaaaaaaaaaaa/candidate/npm/demo' }],
    ['a stream', { path: '/channel/beta/npm/demo' }],
    ['another spelling', { path: '/pypi/simple/Demo_Lib/' }],
    ['a path that is none', { path: '/npm/%zz' }],
    ['a key that is none', { path: '/as/a%3Ab/npm/demo' }],
  ])('leaves %s to Slipway', (_what, request) => {
    expect(addressOf(request, rules)).toBe(null)
  })

  it('shows full releases where it knows nothing, or nothing new', () => {
    const told = { ...rules, packages: { 'npm/demo': { doc: '4f1c', live: [live(10_000)] } } }
    expect(addressOf({}, told)).toBe('/view/aaaaaaaaaaaaaaaa/npm/demo?doc=4f1c')
    expect(addressOf({}, told, 1000 + 601_000)).toBe('/view/stable/npm/demo?doc=4f1c')
    expect(addressOf({ path: '/channel/candidate/npm/demo' }, told, 602_000)).toBe(
      '/channel/stable/npm/demo?doc=4f1c',
    )
    expect(addressOf({}, null)).toBe('/view/stable/npm/demo?doc=0')
    expect(addressOf({ path: '/npm/other' }, told)).toBe('/view/stable/npm/other?doc=0')
  })

  it('keeps anonymous readers of other indexes at full releases where the operator wants that', () => {
    const told = { ...rules, packages: { 'npm/demo': { doc: '4f1c', live: [live(10_000)], overlaid: true } } }
    expect(addressOf({}, told)).toBe('/view/stable/npm/demo?doc=4f1c')
    expect(addressOf({ path: '/as/team/npm/demo' }, told)).toBe('/view/aaaaaaaaaaaaaaaa/npm/demo?doc=4f1c')
  })
})

describe('rules', () => {
  const newer = { ...rules, position: 9, at: 2000 }
  it.each([
    ['the first ones', null, rules, false, null],
    ['a later position', rules, newer, false, null],
    ['an earlier position', newer, rules, true, 'position: got 8, expected 9 or more'],
    ['an older time', { ...rules, at: 2000 }, rules, true, 'at: older than what is known'],
    ['another epoch, signed and newer', newer, { ...rules, epoch: 'x', at: 3000 }, true, null],
    [
      'another epoch that is older',
      newer,
      { ...rules, epoch: 'x' },
      true,
      'at: another epoch that is not newer',
    ],
    [
      'another epoch, unsigned',
      newer,
      { ...rules, epoch: 'x', at: 3000 },
      false,
      'epoch: got x unsigned while k7 holds; start the edge anew',
    ],
    ['another form', rules, { ...rules, v: 2 }, true, 'v: got 2, expected 1'],
    ['an error page', rules, { status: 500 }, true, 'v: got undefined, expected 1'],
  ])('%s are taken or refused', (_what, current, next, isSigned, refused) => {
    const taken = takeRules(current, next, isSigned)
    expect(taken).toEqual({ rules: refused === null ? next : current, refused })
  })

  it('say a share to Varnish as a pattern of the hash', () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    fc.assert(
      fc.property(word, fc.integer({ min: 1, max: 9999 }), (number, bp) => {
        const digits = number.toString(16).padStart(8, '0')
        expect(new RegExp(belowPattern(bp)).test(digits)).toBe(Math.floor((number * 10_000) / 2 ** 32) < bp)
      }),
      { numRuns: 5000 },
    )
    for (let bp = 1; bp < 10_000; bp += 1) {
      const limit = Math.ceil((bp * 2 ** 32) / 10_000)
      const isIn = (number: number) => new RegExp(belowPattern(bp)).test(number.toString(16).padStart(8, '0'))
      expect([bp, isIn(limit - 1), isIn(limit)]).toEqual([bp, true, false])
    }
  })
})

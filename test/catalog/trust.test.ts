import { describe, expect, it } from 'vitest'
import { compareTrust, newNamesIn, youngDependencies } from '../../src/catalog/trust/compare-trust.ts'
import {
  npmTrust,
  originOfProvenance,
  originOfRepository,
  pypiTrust,
  type ReleaseTrust,
  unknownTrust,
} from '../../src/catalog/trust/release-trust.ts'

const files = ['demo-1.1.0.tgz']
const codes = (before: Partial<ReleaseTrust>, after: Partial<ReleaseTrust>) =>
  compareTrust({ ...unknownTrust, ...before }, { ...unknownTrust, ...after }, files).map(
    ({ code, what }) => `${code}: ${what.join()}`,
  )

describe('what vouched for the baseline and not for the candidate', () => {
  const ada = { publisher: 'ada', owners: ['ada', 'bea'], origin: '' }
  const workflow = { proves: true, origin: 'github.com/o/r' }
  it.each<[string, Partial<ReleaseTrust>, Partial<ReleaseTrust>, readonly string[]]>([
    ['nothing is known', {}, {}, []],
    ['nothing changed', { ...ada, ...workflow }, { ...ada, ...workflow }, []],
    ['proof is lost', { proves: true }, { proves: false }, ['provenance-lost: demo-1.1.0.tgz']],
    ['proof comes', { proves: false }, { proves: true }, []],
    ['the index no longer speaks of proofs', { proves: true }, { proves: null }, []],
    ['it had none', { proves: false }, { proves: false }, []],
    [
      'a person publishes instead of a workflow',
      { origin: 'github' },
      { origin: '' },
      ['trusted-publisher-lost: github'],
    ],
    [
      'the same, and the proof went with it: once',
      workflow,
      { proves: false, origin: '' },
      ['provenance-lost: demo-1.1.0.tgz'],
    ],
    [
      'another repository',
      workflow,
      { ...workflow, origin: 'github.com/x/r' },
      ['trusted-publisher-changed: github.com/o/r -> github.com/x/r'],
    ],
    [
      'another forge',
      { origin: 'github' },
      { origin: 'gitlab' },
      ['trusted-publisher-changed: github -> gitlab'],
    ],
    ['the same in another spelling', workflow, { ...workflow, origin: 'github.com/O/R' }, []],
    ['a forge, and a repository of it', { origin: 'github' }, workflow, []],
    ['a workflow instead of a person', { origin: '' }, workflow, []],
    ['an origin that is not known', workflow, { ...workflow, origin: null }, []],
    ['another owner', ada, { ...ada, publisher: 'bea' }, []],
    ['a stranger', ada, { ...ada, publisher: 'eve' }, ['publisher-new: eve']],
    [
      'a stranger who has become an owner since',
      ada,
      { publisher: 'eve', owners: ['eve'], origin: '' },
      ['publisher-new: eve'],
    ],
    ['a workflow that owners set up', ada, { publisher: 'GitHub Actions', origin: 'github' }, []],
    ['who owned it then is not known', { ...ada, owners: null }, { ...ada, publisher: 'eve' }, []],
  ])('%s', (_, before, after, expected) => {
    expect(codes(before, after)).toEqual(expected)
  })
})

describe('a new requirement', () => {
  const day = 86_400_000
  const said = (name: string, days: number | null) =>
    youngDependencies(
      '@own/lib',
      [{ name, firstAt: days === null ? null : 100 * day - days * day }],
      100 * day,
    )
  it('without history is asked about, one of the same scope or of unknown age is not', () => {
    expect(said('plain-crypto', 1)).toEqual([
      { code: 'dependency-young', what: ['plain-crypto, first published 1 days before it'] },
    ])
    expect(said('plain-crypto', 31)).toEqual([])
    expect(said('plain-crypto', null)).toEqual([])
    expect(said('@own/part', 1)).toEqual([])
    expect(said('@other/part', 1)).toHaveLength(1)
  })

  it('is known by what the files showed', () => {
    const found = [
      { code: 'dependency-added', what: ['a ^1.0.0', '@s/b 2'] },
      { code: 'dependency-removed', what: ['c 1'] },
    ]
    expect(newNamesIn(found)).toEqual(['a', '@s/b'])
  })
})

describe('documents of registries', () => {
  it('of npm name publisher, owners, trusted publisher and proof', () => {
    expect(
      npmTrust({
        _npmUser: { name: 'GitHub Actions', trustedPublisher: { id: 'github', oidcConfigId: 'oidc:1' } },
        maintainers: [{ name: 'ada', email: 'a@example.org' }, 'bea <b@example.org>'],
        dist: { attestations: { url: 'https://registry.example.org/a', provenance: {} } },
      }),
    ).toEqual({
      proves: true,
      origin: 'github',
      publisher: 'GitHub Actions',
      owners: ['ada', 'bea'],
      proofUrl: 'https://registry.example.org/a',
    })
    expect(npmTrust({ _npmUser: { name: 'ada' }, dist: {} })).toMatchObject({
      proves: false,
      origin: '',
      owners: null,
    })
  })

  it('that leave it out say nothing, whatever else they hold', () => {
    expect(npmTrust({ name: 'demo', dist: { tarball: 'x' } })).toEqual(unknownTrust)
    expect(npmTrust({ _npmUser: 3, maintainers: [3, {}], dist: [] })).toEqual(unknownTrust)
    expect(pypiTrust([{ filename: 'a' }])).toEqual(unknownTrust)
    expect(pypiTrust([])).toEqual(unknownTrust)
  })

  it('of PyPI name the proof of each file', () => {
    expect(pypiTrust([{ provenance: null }, { provenance: 'https://e.org/p' }])).toMatchObject({
      proves: true,
      proofUrl: 'https://e.org/p',
    })
    expect(pypiTrust([{ provenance: null }])).toMatchObject({ proves: false, proofUrl: null })
    const bundle = (publisher: unknown) => ({ version: 1, attestation_bundles: [{ publisher }] })
    expect(originOfProvenance(bundle({ kind: 'GitHub', repository: 'o/r', workflow: 'w.yml' }))).toBe(
      'github.com/o/r',
    )
    expect(originOfProvenance(bundle({ kind: 'GitLab', repository: 'g/p' }))).toBe('gitlab.com/g/p')
    expect(originOfProvenance(bundle({ kind: 'Google', email: 'a@example.org' }))).toBe(
      'google/a@example.org',
    )
    for (const odd of [null, [], { attestation_bundles: 3 }, bundle(null), bundle({ kind: 3 })])
      expect(originOfProvenance(odd)).toBeNull()
    expect(originOfRepository('https://github.com/o/r')).toBe('github.com/o/r')
  })
})

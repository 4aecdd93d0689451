import { describe, expect, it } from 'vitest'
import { maintainerNotes } from '../../../src/catalog/hosted/maintainer-note.ts'
import { abbreviatedPackument } from '../../../src/catalog/hosted/packument.ts'
import { projectPage, type SimpleType, simpleTypes } from '../../../src/catalog/hosted/project-page.ts'
import { blockedSentence, blockReasons } from '../../../src/catalog/views/block-reasons.ts'
import { exposuresOf } from '../../../src/catalog/views/exposure.ts'
import type { Visibility } from '../../../src/catalog/views/package-views.ts'
import { aFile, aPackage, aRollout, aVersion, noon } from '../sample.ts'

const seen = (change: Partial<Visibility> = {}): Visibility => {
  return { hidden: new Set(), blocked: new Set(), changedAt: noon, ...change }
}

describe('why a version is blocked', () => {
  const quarantined = { kind: 'quarantined', reason: ' malware ' } as const
  it.each([
    ['its record', aPackage('npm:a', [aVersion('1.0.0', { blocked: ' leaked ' })]), 'leaked'],
    [
      'its record without a word',
      aPackage('npm:a', [aVersion('1.0.0', { blocked: ' ' })]),
      'no reason was given',
    ],
    [
      'a quarantine',
      aPackage('npm:a', ['1.0.0'], { status: quarantined }),
      'the project is quarantined: malware',
    ],
    [
      'a quarantine without a word',
      aPackage('npm:a', ['1.0.0'], { status: { kind: 'quarantined', reason: null } }),
      'the project is quarantined: no reason was given',
    ],
    ['nothing', aPackage('npm:a', ['1.0.0']), undefined],
  ])('is said by %s', (_, pkg, because) => {
    expect(blockReasons(pkg, []).get('1.0.0')).toBe(because)
  })

  it('is said by the rollout before the record', () => {
    const pkg = aPackage('npm:a', ['1.0.0', aVersion('1.1.0', { blocked: 'by hand' })])
    const rollout = aRollout('npm:a@1.1.0', 'npm:a@1.0.0', {
      blocked: ['npm:a@1.1.0'],
      transitions: [
        {
          version: 3,
          type: 'blocked',
          at: noon,
          actor: { kind: 'system' },
          reason: 'steals keys',
          basisPoints: 0,
        },
      ],
    })
    expect([...blockReasons(pkg, exposuresOf(pkg.id, [rollout]))]).toEqual([['1.1.0', 'steals keys']])
    const silent = aRollout('npm:a@1.1.0', 'npm:a@1.0.0', { blocked: ['npm:a@1.1.0'] })
    expect(blockReasons(pkg, exposuresOf(pkg.id, [silent])).get('1.1.0')).toBe('no reason was given')
  })

  it('is a sentence', () => {
    expect(blockedSentence('a@1.0.0', 'leaked')).toBe('a@1.0.0 is blocked here: leaked')
    expect(blockedSentence('a@1.0.0', undefined)).toBe('a@1.0.0 is blocked here: no reason was given')
  })
})

describe('what maintainers say about a version', () => {
  const label = { kind: 'deprecated', reason: 'use other' } as const
  it('is said of that version, else of the whole project', () => {
    const old = aVersion('0.9.0', { label: { kind: 'unsupported', reason: 'too old' } })
    const versions = [old, aVersion('1.0.0', { label }), '1.1.0', '1.2.0']
    const deprecated = (reason: string | null) =>
      aPackage('npm:a', versions, { status: { kind: 'deprecated', reason } })
    expect([...maintainerNotes(deprecated('all of it'), seen({ hidden: new Set(['1.2.0']) }))]).toEqual([
      ['0.9.0', 'Not supported any more: too old'],
      ['1.0.0', 'Deprecated: use other'],
      ['1.1.0', 'This package is deprecated: all of it'],
      ['1.2.0', 'This package is deprecated: all of it'],
    ])
    expect(maintainerNotes(deprecated(null), seen()).get('1.1.0')).toBe('This package is deprecated')
    expect(maintainerNotes(aPackage('npm:a', versions), seen()).get('1.1.0')).toBeUndefined()
    expect(maintainerNotes(deprecated('x'), seen({ source: true })).size).toBe(0)
  })
})

describe('where a file was built', () => {
  const provenanceSha256 = 'ab'.repeat(32)
  const page = (type: SimpleType, files: ReturnType<typeof aFile>[], provenanceUrl?: () => string) =>
    projectPage(
      aPackage('pypi:a', [aVersion('1.0.0', { files })]),
      seen(),
      {
        fileUrl: ({ name }) => `https://i/${name}`,
        statusUrl: () => 'https://i/s',
        ...(provenanceUrl && { provenanceUrl }),
      },
      type,
    ).body
  const proven = aFile('a-1.0.0.tar.gz', { provenanceSha256 })

  it('is on the page of PyPI for files that came with it', () => {
    const url = () => 'https://i/provenance'
    const { meta, files } = JSON.parse(
      page(simpleTypes.json, [proven, aFile('a-1.0.0-py3-none-any.whl')], url),
    )
    expect(meta).toEqual({ 'api-version': '1.3' })
    expect(files.map(({ provenance }: { provenance?: string }) => provenance)).toEqual([undefined, url()])
    expect(page(simpleTypes.html, [proven], url)).toContain('data-provenance="https://i/provenance"')
    expect(page(simpleTypes.html, [proven])).not.toContain('data-provenance')
    expect(JSON.parse(page(simpleTypes.json, [proven])).meta).toEqual({ 'api-version': '1.1' })
  })

  it.each([
    ['https://slsa.dev/provenance/v1', { provenance: { predicateType: 'https://slsa.dev/provenance/v1' } }],
    ['https://github.com/npm/attestation/v0.1', {}],
  ])('is in the document of npm; %s', (predicateType, more) => {
    const file = aFile('a-1.0.0.tgz', { provenanceSha256, predicateType })
    const pkg = aPackage('npm:a', [aVersion('1.0.0', { files: [file] })])
    const links = { tarballUrl: () => 'https://i/a.tgz', statusUrl: () => 'https://i/s' }
    const dist = (given: object) =>
      JSON.parse(abbreviatedPackument(pkg, seen(), { ...links, ...given }).body).versions['1.0.0'].dist
    expect(dist({ attestationsUrl: () => 'https://i/at' }).attestations).toEqual({
      url: 'https://i/at',
      ...more,
    })
    expect(dist({}).attestations).toBeUndefined()
  })
})

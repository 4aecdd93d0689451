import { describe, expect, it } from 'vitest'
import {
  abbreviatedPackument,
  distTags,
  fullPackument,
  npmVersion,
  type PackumentLinks,
} from '../../../src/catalog/hosted/packument.ts'
import type { PackageRecord } from '../../../src/catalog/package-record.ts'
import { latestVersion } from '../../../src/catalog/views/latest-version.ts'
import type { Visibility } from '../../../src/catalog/views/package-views.ts'
import { aFile, aPackage, aVersion, noon } from '../sample.ts'

const links: PackumentLinks = {
  tarballUrl: (file) => `https://slipway.example/npm/@s/demo/-/${file.name}`,
  statusUrl: (version) => `https://slipway.example/rollouts/npm:@s/demo@${version}`,
}

const reason =
  'Staged rollout by Slipway, not a defect; status and how to choose: https://slipway.example/rollouts/npm:@s/demo@1.1.0'

/** A view with these versions hidden and these blocked, changed an hour after the package. */
const view = (hidden: string[] = [], blocked: string[] = []): Visibility => ({
  hidden: new Set(hidden),
  blocked: new Set(blocked),
  changedAt: noon + 3_600_000,
})

const tarball = (version: string) =>
  aFile(`demo-${version}.tgz`, { sha1: 'aa', sha512: '00ff10', kind: 'tarball' })

const npmVersionRecord = (version: string, changes = {}) =>
  aVersion(version, {
    files: [tarball(version)],
    manifest: {
      name: '@s/demo',
      version,
      description: 'a demo',
      dependencies: { other: '^1.0.0' },
      scripts: { postinstall: 'node setup.js', test: 'vitest' },
      dist: { tarball: 'http://elsewhere/', unpackedSize: 99, integrity: 'sha512-AP8Q', shasum: 'aa' },
    },
    ...changes,
  })

const pkg = aPackage('npm:@s/demo', [npmVersionRecord('1.0.0'), npmVersionRecord('1.1.0')], {
  tags: { latest: '1.1.0', next: '1.1.0' },
  extra: { maintainers: [{ name: 'm' }] },
})

const full = (visibility: Visibility, from: PackageRecord = pkg) =>
  JSON.parse(fullPackument(from, visibility, links, '7-abc').body)
const short = (visibility: Visibility, from: PackageRecord = pkg) =>
  JSON.parse(abbreviatedPackument(from, visibility, links).body)

describe('the full document', () => {
  it('has README, description and keywords of what the view calls latest, and no README beside it', () => {
    const record = (version: string, manifest: object) => {
      const { manifest: own, ...rest } = npmVersionRecord(version)
      return { ...rest, manifest: { ...own, ...manifest } }
    }
    const from = aPackage(
      'npm:@s/demo',
      [
        record('1.0.0', { readme: '# old', description: 'old', keywords: ['old'] }),
        record('1.1.0', { readme: '# new', readmeFilename: 'README.md', description: 'new' }),
      ],
      { tags: { latest: '1.1.0' } },
    )
    const seen = full(view(['1.1.0']), from)
    expect(seen).toMatchObject({ readme: '# old', description: 'old', keywords: ['old'] })
    expect(JSON.stringify(seen)).not.toContain('# new')
    expect(full(view(), from)).toMatchObject({
      readme: '# new',
      readmeFilename: 'README.md',
      description: 'new',
    })
    expect(JSON.stringify(full(view(), from)).match(/# /g)).toHaveLength(1)
    expect(full(view(), from).keywords).toBeUndefined()
    expect(JSON.stringify(short(view(), from))).not.toContain('#')
  })

  it('of a view that hides the newest version', () => {
    expect(fullPackument(pkg, view(), links, '7-abc').contentType).toBe('application/json')
    expect(full(view(['1.1.0']))).toMatchInlineSnapshot(`
      {
        "_id": "@s/demo",
        "_rev": "7-abc",
        "description": "a demo",
        "dist-tags": {
          "latest": "1.0.0",
          "next": "1.1.0",
        },
        "maintainers": [
          {
            "name": "m",
          },
        ],
        "name": "@s/demo",
        "time": {
          "1.0.0": "2026-11-20T14:00:05.250Z",
          "1.1.0": "2026-11-20T14:00:05.250Z",
          "created": "2026-11-20T14:00:05.250Z",
          "modified": "2026-11-20T15:00:05.250Z",
        },
        "versions": {
          "1.0.0": {
            "dependencies": {
              "other": "^1.0.0",
            },
            "description": "a demo",
            "dist": {
              "integrity": "sha512-AP8Q",
              "shasum": "aa",
              "tarball": "https://slipway.example/npm/@s/demo/-/demo-1.0.0.tgz",
            },
            "name": "@s/demo",
            "scripts": {
              "postinstall": "node setup.js",
              "test": "vitest",
            },
            "version": "1.0.0",
          },
          "1.1.0": {
            "dependencies": {
              "other": "^1.0.0",
            },
            "deprecated": "Staged rollout by Slipway, not a defect; status and how to choose: https://slipway.example/rollouts/npm:@s/demo@1.1.0",
            "description": "a demo",
            "dist": {
              "integrity": "sha512-AP8Q",
              "shasum": "aa",
              "tarball": "https://slipway.example/npm/@s/demo/-/demo-1.1.0.tgz",
            },
            "name": "@s/demo",
            "scripts": {
              "postinstall": "node setup.js",
              "test": "vitest",
            },
            "version": "1.1.0",
          },
        },
      }
    `)
  })

  it('differs between views in latest and deprecated only', () => {
    const [hiding, showing] = [full(view(['1.1.0'])), full(view())]
    expect(showing['dist-tags']).toEqual({ latest: '1.1.0', next: '1.1.0' })
    expect(showing.versions['1.1.0']).not.toHaveProperty('deprecated')
    expect(hiding.versions['1.1.0'].deprecated).toBe(reason)
    delete hiding.versions['1.1.0'].deprecated
    hiding['dist-tags'] = showing['dist-tags']
    expect(hiding).toEqual(showing)
  })

  it("keeps a maintainer's own deprecation where the version is not hidden", () => {
    const own = aPackage('npm:@s/demo', [npmVersionRecord('1.0.0', { withdrawn: 'use 2' })])
    expect(full(view(), own).versions['1.0.0'].deprecated).toBe('use 2')
    expect(full(view(['1.0.0']), own).versions['1.0.0'].deprecated).toMatch(/^Staged rollout by Slipway/)
  })

  it('forgets the deprecation of the manifest that was published, the record has the present one', () => {
    const manifest = { name: '@s/demo', version: '1.0.0', deprecated: 'long ago' }
    const own = aPackage('npm:@s/demo', [npmVersionRecord('1.0.0', { manifest })])
    expect(full(view(), own).versions['1.0.0']).not.toHaveProperty('deprecated')
  })

  it('has a blocked version only where npm refuses it with the reason, not even its tags elsewhere', () => {
    const because = new Map([['1.1.0', 'steals tokens']])
    const { policyRestrictions, ...document } = full({ ...view([], ['1.1.0']), blockedBecause: because })
    expect(document['dist-tags']).toEqual({ latest: '1.0.0' })
    expect(JSON.stringify(document)).not.toContain('1.1.0')
    expect(policyRestrictions.message).toBe('@s/demo@1.1.0 is blocked here: steals tokens')
    expect(Object.keys(policyRestrictions.versions)).toEqual(['1.1.0'])
  })

  it('keeps its own members whatever the publisher put at the top', () => {
    const extra = { name: 'other', versions: {}, 'dist-tags': {}, time: {}, _rev: '1-x' }
    expect(full(view(), { ...pkg, extra })).toMatchObject({
      name: '@s/demo',
      _rev: '7-abc',
      versions: { '1.0.0': {} },
    })
  })
})

describe('the abbreviated document', () => {
  it('holds what installing needs', () => {
    expect(abbreviatedPackument(pkg, view(), links).contentType).toBe('application/vnd.npm.install-v1+json')
    expect(short(view(['1.1.0']))).toMatchInlineSnapshot(`
      {
        "dist-tags": {
          "latest": "1.0.0",
          "next": "1.1.0",
        },
        "modified": "2026-11-20T15:00:05.250Z",
        "name": "@s/demo",
        "versions": {
          "1.0.0": {
            "dependencies": {
              "other": "^1.0.0",
            },
            "dist": {
              "integrity": "sha512-AP8Q",
              "shasum": "aa",
              "tarball": "https://slipway.example/npm/@s/demo/-/demo-1.0.0.tgz",
            },
            "hasInstallScript": true,
            "name": "@s/demo",
            "version": "1.0.0",
          },
          "1.1.0": {
            "dependencies": {
              "other": "^1.0.0",
            },
            "deprecated": "Staged rollout by Slipway, not a defect; status and how to choose: https://slipway.example/rollouts/npm:@s/demo@1.1.0",
            "dist": {
              "integrity": "sha512-AP8Q",
              "shasum": "aa",
              "tarball": "https://slipway.example/npm/@s/demo/-/demo-1.1.0.tgz",
            },
            "hasInstallScript": true,
            "name": "@s/demo",
            "version": "1.1.0",
          },
        },
      }
    `)
  })

  it('says when a version runs scripts on install', () => {
    const quiet = npmVersionRecord('1.0.0', { manifest: { scripts: { test: 'vitest' } } })
    expect(short(view(), aPackage('npm:a', [quiet])).versions['1.0.0']).not.toHaveProperty('hasInstallScript')
    expect(short(view()).versions['1.0.0'].hasInstallScript).toBe(true)
  })

  it('tells the same tags and deprecations as the full one', () => {
    for (const visibility of [view(), view(['1.1.0']), view(['1.0.0']), view([], ['1.0.0'])]) {
      const [a, b] = [full(visibility), short(visibility)]
      expect(a['dist-tags']).toEqual(b['dist-tags'])
      expect(a.time.modified).toBe(b.modified)
      for (const version of Object.keys(a.versions)) {
        expect(a.versions[version].deprecated).toBe(b.versions[version].deprecated)
      }
    }
  })
})

describe('latest', () => {
  it.each([
    ['the stored one where the view shows it', ['1.0.0', '1.1.0'], '1.1.0', [], '1.1.0'],
    ['else the greatest final below it', ['1.0.0', '1.0.5', '1.1.0'], '1.1.0', ['1.1.0'], '1.0.5'],
    ['never a backport beside it', ['1.0.0', '1.0.1', '2.0.0'], '2.0.0', ['1.0.1'], '2.0.0'],
    [
      'never one above it that its maintainer tagged otherwise',
      ['1.0.0', '2.0.0', '3.0.0'],
      '2.0.0',
      ['2.0.0'],
      '1.0.0',
    ],
    ['one above it when there is none below', ['1.0.0', '2.0.0'], '1.0.0', ['1.0.0'], '2.0.0'],
    ['never a pre-release', ['1.0.0', '2.0.0-rc.1'], '1.0.0', [], '1.0.0'],
    ['not even one stored as latest', ['1.0.0', '2.0.0-rc.1'], '2.0.0-rc.1', [], '1.0.0'],
    ['except where there is no final at all', ['1.0.0-rc.1', '1.0.0-rc.2'], '1.0.0-rc.1', [], '1.0.0-rc.1'],
    ['the greatest one where none is stored', ['1.0.0', '1.10.0', '1.9.0'], undefined, [], '1.10.0'],
    ['none when the view shows nothing', ['1.0.0'], '1.0.0', ['1.0.0'], null],
  ])('is %s', (_, versions, stored, hidden, latest) => {
    const from = aPackage('npm:a', versions, { tags: stored === undefined ? {} : { latest: stored } })
    expect(latestVersion(from, view(hidden))?.version ?? null).toBe(latest)
    expect(distTags(from, view(hidden)).latest ?? null).toBe(latest)
  })

  it('passes over what is yanked on PyPI while there is another', () => {
    const yanked = aPackage('pypi:a', ['1.0.0', aVersion('1.1.0', { withdrawn: 'bad' })])
    expect(latestVersion(yanked, view())?.version).toBe('1.0.0')
    expect(latestVersion(yanked, view(['1.0.0']))?.version).toBe('1.1.0')
  })
})

describe('other tags', () => {
  it('stay where they are, also on a hidden version', () => {
    expect(distTags(pkg, view(['1.1.0']))).toEqual({ latest: '1.0.0', next: '1.1.0' })
  })

  it('that point to nothing are left out', () => {
    const from = { ...pkg, tags: { gone: '9.9.9', constructor: '1.0.0' } }
    expect(distTags(from, view())).toEqual({ latest: '1.1.0', constructor: '1.0.0' })
  })

  it('may be named like what every object has', () => {
    const tags = JSON.parse('{"__proto__": "1.0.0", "latest": "1.1.0"}')
    const document = fullPackument({ ...pkg, tags }, view(), links, '7-abc').body
    expect(document).toContain('"__proto__":"1.0.0"')
    expect(JSON.parse(npmVersion({ ...pkg, tags }, '__proto__', view(), links)?.body ?? '').version).toBe(
      '1.0.0',
    )
  })
})

describe('one version', () => {
  const versionOf = (asked: string, visibility: Visibility) => {
    const rendered = npmVersion(pkg, asked, visibility, links)
    return rendered === null ? null : JSON.parse(rendered.body)
  }

  it.each([
    ['latest', view(), '1.1.0'],
    ['latest', view(['1.1.0']), '1.0.0'],
    ['next', view(['1.1.0']), '1.1.0'],
    ['1.1.0', view(['1.1.0']), '1.1.0'],
    ['1.0.0', view(), '1.0.0'],
  ])('%s resolves as the view says', (asked, visibility, version) => {
    expect(versionOf(asked, visibility).version).toBe(version)
  })

  it.each(['2.0.0', 'beta', '__proto__', 'constructor', 'toString'])('%s is unknown', (asked) => {
    expect(versionOf(asked, view())).toBeNull()
  })

  it('is refused when blocked, by number and by tag', () => {
    expect(versionOf('1.1.0', view([], ['1.1.0']))).toBeNull()
    expect(versionOf('next', view([], ['1.1.0']))).toBeNull()
  })

  it('carries the reason while hidden', () => {
    expect(versionOf('1.1.0', view(['1.1.0'])).deprecated).toBe(reason)
  })

  it('without a tarball has no address to fetch', () => {
    const bare = aPackage('npm:a', [aVersion('1.0.0', { files: [], manifest: { name: 'a' } })])
    expect(JSON.parse(npmVersion(bare, '1.0.0', view(), links)?.body ?? '')).toEqual({
      name: 'a',
      version: '1.0.0',
    })
  })
})

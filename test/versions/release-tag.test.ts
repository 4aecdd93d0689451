import { describe, expect, it } from 'vitest'
import { likelyTags, releaseOfTag, releasesOfTag } from '../../src/versions/release-tag.ts'

describe('a tag means a release', () => {
  it.each([
    ['npm:demo', 'v1.1.0'],
    ['npm:demo', '1.1.0'],
    ['npm:demo', 'V1.1.0'],
    ['npm:demo', 'v.1.1.0'],
    ['npm:demo', 'release-1.1.0'],
    ['npm:demo', 'release/v1.1.0'],
    ['npm:demo', 'releases/1.1.0'],
    ['npm:demo', 'rel_1.1.0'],
    ['npm:demo', 'version-1.1.0'],
    ['npm:demo', 'demo@1.1.0'],
    ['npm:demo', 'demo@v1.1.0'],
    ['npm:demo', 'demo-1.1.0'],
    ['npm:demo', 'demo-v1.1.0'],
    ['npm:demo', 'demo_v1.1.0'],
    ['npm:demo', 'demo/1.1.0'],
    ['npm:demo', 'demo/v1.1.0'],
    ['npm:demo', 'Demo-v1.1.0'],
    ['npm:demo', 'packages/demo/v1.1.0'],
    ['npm:demo', 'npm/demo-v1.1.0'],
    ['npm:demo', 'npm-v1.1.0'],
    ['npm:demo', 'js-v1.1.0'],
    ['npm:@acme/demo', '@acme/demo@1.1.0'],
    ['npm:@acme/demo', '@acme/demo-v1.1.0'],
    ['npm:@acme/demo', '@acme/demo/v1.1.0'],
    ['npm:@acme/demo', 'acme/demo@1.1.0'],
    ['npm:@acme/demo', 'acme-demo-v1.1.0'],
    ['npm:@acme/demo', 'demo@1.1.0'],
    ['npm:@acme/demo', 'v1.1.0'],
    ['pypi:demo-lib', 'Demo_Lib@1.1.0'],
    ['pypi:demo-lib', 'demo.lib-v1.1.0'],
    ['pypi:demo-lib', 'demo_lib==1.1.0'],
    ['pypi:demo-lib', 'python-v1.1.0'],
    ['pypi:demo-lib', 'python/demo-lib/v1.1.0'],
    ['pypi:demo-lib', 'refs/tags/v1.1.0'],
    ['pypi:py3-base64', 'py3-base64-1.1.0'],
    ['npm:demo-2', 'demo-2-1.1.0'],
  ])('%s at %s', (id, tag) => expect(releaseOfTag(id, tag)).toBe(`${id}@1.1.0`))

  it.each([
    ['pypi:demo-lib', 'v1.0rc1', 'pypi:demo-lib@1.0rc1'],
    ['pypi:demo-lib', 'v1!2.0', 'pypi:demo-lib@1!2.0'],
    ['npm:demo', 'demo-v2.0.0-rc.1', 'npm:demo@2.0.0-rc.1'],
    ['npm:demo', 'demo-v2.0.0-rc-1', 'npm:demo@2.0.0-rc-1'],
  ])('%s at %s is %s', (id, tag, release) => expect(releaseOfTag(id, tag)).toBe(release))

  it.each([
    ['npm:demo', 'other@1.1.0'],
    ['npm:demo', 'other-v1.1.0'],
    ['npm:demo', 'demo-extra-v1.1.0'],
    ['npm:demo', '@acme/demo@1.1.0'],
    ['npm:@acme/demo', '@other/demo@1.1.0'],
    ['npm:demo', 'packages/other/v1.1.0'],
    ['npm:demo', 'python-v1.1.0'],
    ['pypi:demo', 'js-v1.1.0'],
    ['npm:demo', 'nightly'],
    ['npm:demo', 'nightly-2026.11.30'],
    ['npm:demo', 'v1'],
    ['npm:demo', 'demo'],
    ['npm:demo', ''],
  ])('%s at %s is none', (id, tag) => expect(releaseOfTag(id, tag)).toBeNull())

  it("a repository's own pattern replaces the usual forms", () => {
    expect(releaseOfTag('npm:demo', 'autumn-1.1.0', ['autumn-{version}'])).toBe('npm:demo@1.1.0')
    expect(releaseOfTag('npm:demo', '1.1.0-lts', ['{version}-lts'])).toBe('npm:demo@1.1.0')
    expect(releaseOfTag('npm:demo', 'v1.1.0', ['autumn-{version}'])).toBeNull()
  })
})

describe('a tag among the packages of a repository', () => {
  const packages = ['npm:demo', 'npm:@acme/demo', 'pypi:demo', 'npm:demo-2']
  it.each([
    ['v1.1.0', ['npm:demo@1.1.0', 'npm:@acme/demo@1.1.0', 'pypi:demo@1.1.0', 'npm:demo-2@1.1.0']],
    ['demo@1.1.0', ['npm:demo@1.1.0', 'pypi:demo@1.1.0']],
    ['@acme/demo@1.1.0', ['npm:@acme/demo@1.1.0']],
    ['demo-2-v1.1.0', ['npm:demo-2@1.1.0']],
    ['python-v1.1.0', ['pypi:demo@1.1.0']],
    ['nightly', []],
  ])('%s means %j', (tag, releases) => expect(releasesOfTag(packages, tag)).toEqual(releases))
})

describe('likely tags', () => {
  const usual = ['v1.0.0', '1.0.0', 'demo@1.0.0', 'demo-v1.0.0', 'demo-1.0.0', 'demo/v1.0.0']
  it.each([
    [null, usual],
    [{ tag: 'autumn-1.1.0', release: 'npm:demo@1.1.0' }, ['autumn-1.0.0', ...usual]],
    [{ tag: 'autumn', release: 'npm:demo@1.1.0' }, usual],
  ])('like %j', (like, tags) => expect(likelyTags('npm:demo@1.0.0', like)).toEqual(tags))

  it('are read as the release that they are looked for', () => {
    for (const release of ['npm:demo@1.0.0', 'npm:@acme/demo@1.0.0', 'pypi:demo-lib@1.0']) {
      for (const tag of likelyTags(release)) {
        expect(releaseOfTag(release.slice(0, release.lastIndexOf('@')), tag)).toBe(release)
      }
    }
  })
})

import { describe, expect, it } from 'vitest'
import { parseNpmTarget } from '../../../src/server/npm/npm-target.ts'

describe('paths below /npm', () => {
  it.each([
    ['/npm/demo', { kind: 'document', name: 'demo' }],
    ['/npm/@s/p', { kind: 'document', name: '@s/p' }],
    ['/npm/JSONStream', { kind: 'document', name: 'JSONStream' }],
    ["/npm/old!'()*~", { kind: 'document', name: "old!'()*~" }],
    ['/npm/old%21%27%28%29%2a', { kind: 'document', name: "old!'()*" }],
    ['/npm/@s/_x', { kind: 'document', name: '@s/_x' }],
    [
      '/npm/JSONStream/-/JSONStream-1.3.5.tgz',
      { kind: 'tarball', name: 'JSONStream', file: 'JSONStream-1.3.5.tgz' },
    ],
    ['/npm/demo/1.0.0', { kind: 'version', name: 'demo', spec: '1.0.0' }],
    ['/npm/@s/p/latest', { kind: 'version', name: '@s/p', spec: 'latest' }],
    ['/npm/demo/-/demo-1.0.0.tgz', { kind: 'tarball', name: 'demo', file: 'demo-1.0.0.tgz' }],
    ['/npm/@s/p/-/p-1.0.0.tgz', { kind: 'tarball', name: '@s/p', file: 'p-1.0.0.tgz' }],
    // Behind the path of another registry, as npm puts it.
    ['/npm/npm/demo/-/demo-1.0.0.tgz', { kind: 'tarball', name: 'demo', file: 'demo-1.0.0.tgz' }],
    ['/npm/npm/npm/-/npm-1.0.0.tgz', { kind: 'tarball', name: 'npm', file: 'npm-1.0.0.tgz' }],
    ['/npm/api/npm/ours/@s/p/-/p-1.0.0.tgz', { kind: 'tarball', name: '@s/p', file: 'p-1.0.0.tgz' }],
    ['/npm/api/npm/all/p/-/1.0.0/p-1.0.0.tgz', { kind: 'tarball', name: 'p', file: 'p-1.0.0.tgz' }],
    ['/npm/download/p/1.0.0/0f6d9c', { kind: 'tarball', name: 'p', file: 'p-1.0.0.tgz' }],
    [
      '/npm/~/11/@jsr/std__fs/1.0.0.tgz',
      { kind: 'tarball', name: '@jsr/std__fs', file: 'std__fs-1.0.0.tgz' },
    ],
    ['/npm/-/ping', { kind: 'ping' }],
    ['/npm/-/package/demo/dist-tags', { kind: 'dist-tags', name: 'demo', tag: null }],
    ['/npm/-/package/@s/p/dist-tags/beta', { kind: 'dist-tags', name: '@s/p', tag: 'beta' }],
    ['/npm/demo/-rev/3-0', { kind: 'revision', name: 'demo', revision: '3-0', file: null }],
    ['/npm/@s/p/-rev/3-0', { kind: 'revision', name: '@s/p', revision: '3-0', file: null }],
    [
      '/npm/demo/-/demo-1.0.0.tgz/-rev/3-0',
      { kind: 'revision', name: 'demo', revision: '3-0', file: 'demo-1.0.0.tgz' },
    ],
  ])('%s', (path, target) => {
    expect(parseNpmTarget(path)).toEqual(target)
  })

  // Lock files made at Artifactory, GitLab, Gitea, GitHub, Nexus and Azure.
  it.each([
    ['/npm/artifactory/api/npm/all/@s/p/-/@s/p-1.0.0.tgz', 'p-1.0.0.tgz'],
    ['/npm/artifactory/api/npm/all/@s/p/-/p-1.0.0.tgz', 'p-1.0.0.tgz'],
    ['/npm/api/v4/projects/7/packages/npm/@s/p/-/@s/p-1.0.0.tgz', 'p-1.0.0.tgz'],
    ['/npm/api/packages/team/npm/@s%2Fp/-/1.0.0/p-1.0.0.tgz', 'p-1.0.0.tgz'],
    ['/npm/api/packages/team/npm/%40s%2fp/-/1.0.0-rc.1/p-1.0.0-rc.1.tgz', 'p-1.0.0-rc.1.tgz'],
    ['/npm/download/@s/p/1.0.0/0f6d9c', 'p-1.0.0.tgz'],
    ['/npm/repository/npm-all/@s/p/-/p-1.0.0.tgz', 'p-1.0.0.tgz'],
    ['/npm/org/_packaging/feed/npm/registry/@s/p/-/p-1.0.0.tgz', 'p-1.0.0.tgz'],
    ['/npm/@s/p/-/@s/p-1.0.0.tgz', 'p-1.0.0.tgz'],
    ['/npm/@s%2fp/-/1.0.0/p-1.0.0.tgz', 'p-1.0.0.tgz'],
  ])('%s is a tarball of @s/p behind the path of another registry', (path, file) => {
    expect(parseNpmTarget(path)).toEqual({ kind: 'tarball', name: '@s/p', file })
  })

  it.each([
    '/npm/',
    '/npm/@s',
    '/npm/_private',
    '/npm/@s/.x',
    '/npm/..%2fetc',
    '/npm/%2e%2e/x',
    '/npm/%ff',
    '/npm/a/b/c/d',
    '/npm/a/b/-/c/d.tgz',
    '/npm/a/..%2fb/-/b-1.0.0.tgz',
    '/npm/-/npm/v1/keys',
  ])('%s is unknown', (path) => {
    expect(parseNpmTarget(path)).toEqual({ kind: 'unknown' })
  })
})

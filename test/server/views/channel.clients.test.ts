import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeForge } from '../../engine/fake-forge.ts'
import { isHere, npmIn, pipDownload } from '../clients.ts'
import { publishWheel } from '../pypi-form.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const quarter = 6 * 3_600_000

const streams = (label: string) => `
    gates: {}
    stages: [{ percent: 0, bake: 1m }, { percent: 50, bake: 6h }, { percent: 100, bake: 6h }]
    streams:
      beta:   { match: prerelease ${label}, channel: beta, profile: rapid }
      rc:     { match: prerelease rc, channel: rc }
      stable: { match: final, channel: stable }
`

let index: TestIndex
beforeAll(async () => {
  const forge = createFakeForge()
  const text = `releases:\n  - package: pypi:flowing-lib${streams('b')}  - package: npm:flowing-lib${streams('beta')}`
  forge.add('1', 'acme/lib', { '.github/slipway.yml': text })
  index = await startIndex({}, { forge: forge.forge })
  for (const id of ['pypi:flowing-lib', 'npm:flowing-lib']) {
    await index.stores.access.setOwner({ package: id, repositoryId: '1', repository: 'acme/lib' })
  }
  for (const version of ['1.0.0', '1.1.0.dev1', '1.1.0b1', '1.1.0rc1'])
    await publishWheel(index, 'flowing-lib', version)
  for (const version of ['1.0.0', '1.1.0-beta.1', '1.1.0-rc.1'])
    await publishNpm(index, 'flowing-lib', version)
  // The whole ladders, and the time after which PyPI uploads begin by themselves.
  for (let passed = 0; passed < 8; passed += 1) await index.wait(quarter)
  await publishNpm(index, 'flowing-lib', '1.1.1-beta.1')
  await publishWheel(index, 'flowing-lib', '1.1.1b1')
  await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:flowing-lib@1.1.1b1'] })
})
afterAll(async () => {
  await index.close()
})

describe.runIf(hasPip)('pip with --pre', () => {
  it.each([
    ['/channel/beta', '1.1.0rc1'],
    ['/channel/rc', '1.1.0rc1'],
    ['/channel/candidate', '1.1.1b1'],
    ['/channel/stable', '1.0.0'],
    ['/channel/unknown', '1.0.0'],
    ['', '1.1.0rc1'],
  ])('gets by %s', async (prefix, version) => {
    const { files } = await pipDownload(`${index.url}${prefix}/pypi/simple/`, 'flowing-lib', ['--pre'])
    expect(files).toEqual([`flowing_lib-${version}-py3-none-any.whl`])
  })

  it('sees a rolling pre-release in its channel by cohort: once everybody does, and never in the next one', async () => {
    await index.ask('POST', '/api/v1/rollouts/pypi:flowing-lib@1.1.1b1/advance', {
      to: 100,
      as: 'mona',
      reason: 'test',
    })
    const get = (channel: string) =>
      pipDownload(`${index.url.replace('//', '//team:@')}/channel/${channel}/pypi/simple/`, 'flowing-lib', [
        '--pre',
      ])
    expect((await get('beta')).files).toEqual(['flowing_lib-1.1.1b1-py3-none-any.whl'])
    expect((await get('rc')).files).toEqual(['flowing_lib-1.1.0rc1-py3-none-any.whl'])
  })

  it('does not get what was uploaded and has not begun, in any view, but by its exact version', async () => {
    expect((await publishWheel(index, 'flowing-lib', '1.1.2b1')).status).toBe(200)
    const get = async (prefix: string, requirement = 'flowing-lib') =>
      (await pipDownload(`${index.url}${prefix}/pypi/simple/`, requirement, ['--pre'])).files
    for (const prefix of ['', '/as/team', '/channel/rc', '/channel/stable'])
      expect(await get(prefix)).not.toContain('flowing_lib-1.1.2b1-py3-none-any.whl')
    for (const prefix of ['/channel/beta', '/channel/candidate'])
      expect(await get(prefix)).not.toContain('flowing_lib-1.1.2b1-py3-none-any.whl')
    const pinned = ['flowing_lib-1.1.2b1-py3-none-any.whl']
    expect(await get('', 'flowing-lib==1.1.2b1')).toEqual(pinned)
    await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:flowing-lib@1.1.2b1'] })
    expect(await get('/channel/candidate')).toEqual(pinned)
  })

  it('cannot get one that no stream has: twine is told what to write', async () => {
    const refused = await publishWheel(index, 'flowing-lib', '1.1.3a1')
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('no stream of its package has such releases')
    const { files } = await pipDownload(`${index.url}/pypi/simple/`, 'flowing-lib', ['--pre'])
    expect(files).not.toContain('flowing_lib-1.1.3a1-py3-none-any.whl')
  })

  it('without --pre gets finals only, and an exact pin of any pre-release', async () => {
    const get = async (requirement: string) =>
      (await pipDownload(`${index.url}/channel/beta/pypi/simple/`, requirement)).files
    expect(await get('flowing-lib')).toEqual(['flowing_lib-1.0.0-py3-none-any.whl'])
    expect(await get('flowing-lib==1.1.0.dev1')).toEqual(['flowing_lib-1.1.0.dev1-py3-none-any.whl'])
  })
})

describe('the API', () => {
  it('names the stream of a rollout', async () => {
    const { json } = await index.ask('GET', '/api/v1/rollouts/npm:flowing-lib@1.1.1-beta.1')
    expect(json.stream).toBe('beta')
    const start = await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:flowing-lib@1.1.0.dev1'] })
    expect([start.status, start.text]).toEqual([422, expect.stringContaining('Pre-releases are not staged.')])
  })
})

describe('why', () => {
  it('says in which channels the answer counts', async () => {
    const why = await index.ask('POST', '/api/v1/why', {
      rollout: 'npm:flowing-lib@1.1.1-beta.1',
      key: 'team',
    })
    expect(why.text).toContain('It is a pre-release: that counts in /channel/beta;')
  })
})

describe('npm', () => {
  it.each([
    ['/channel/beta', '1.1.0-rc.1'],
    ['/channel/rc', '1.1.0-rc.1'],
    ['/channel/stable', '1.0.0'],
    ['', '1.0.0'],
  ])('installs from %s what that channel calls latest', async (prefix, version) => {
    const npm = await npmIn(`${index.url}${prefix}/npm/`)
    expect((await npm.run('install', 'flowing-lib')).code).toBe(0)
    expect(await npm.installed('flowing-lib')).toBe(version)
  })

  it('gets finals for a range, as the default view does', async () => {
    const npm = await npmIn(`${index.url}/channel/beta/npm/`)
    expect((await npm.run('install', 'flowing-lib@^1.0.0')).code).toBe(0)
    expect(await npm.installed('flowing-lib')).toBe('1.0.0')
  })

  it('does not take a beta that nobody sees yet for a range that admits betas, and takes it by its tag', async () => {
    await publishNpm(index, 'flowing-lib', '1.2.0-beta.1', { tag: 'beta' })
    for (let passed = 0; passed < 8; passed += 1) await index.wait(quarter)
    await publishNpm(index, 'flowing-lib', '1.2.0-beta.2', { tag: 'beta' })
    const npm = await npmIn(`${index.url}/npm/`)
    const install = async (wanted: string) => {
      expect((await npm.run('install', wanted)).code).toBe(0)
      return npm.installed('flowing-lib')
    }
    expect(await install('flowing-lib@^1.2.0-beta.0')).toBe('1.2.0-beta.1')
    expect(await install('flowing-lib@beta')).toBe('1.2.0-beta.2')
  })
})

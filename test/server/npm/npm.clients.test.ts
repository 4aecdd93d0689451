import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmIn } from '../clients.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

/** Publishes with npm itself from a folder made on the spot. */
async function npmPublish(token: string, name: string, version: string, content = version) {
  const npm = await npmIn(`${index.url}/npm/`, token)
  const folder = join(npm.folder, 'package')
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }))
  await writeFile(join(folder, 'index.js'), `module.exports = '${content}'\n`)
  return npm.run('publish', './package')
}

const advance = (release: string, to: number) =>
  index.ask('POST', `/api/v1/rollouts/${release}/advance`, { to, as: 'mona', reason: 'test' })

describe('npm itself', () => {
  it('publishes, and is told in words why it may not', async () => {
    const token = await index.token(['publish'], ['npm:@acme/*'])
    const first = await npmPublish(token, '@acme/real', '1.0.0')
    expect(first).toMatchObject({ code: 0 })
    expect((await npmPublish(token, '@acme/real', '1.1.0')).code).toBe(0)
    const again = await npmPublish(token, '@acme/real', '1.1.0', 'other bytes')
    expect(again.code).not.toBe(0)
    expect(again.out).toContain('You cannot publish over the previously published version')
    const other = await npmPublish(token, 'other', '1.0.0')
    expect(other.code).not.toBe(0)
    expect(other.out).toContain('is not for npm:other; it is for: npm:@acme/*')
    const record = await index.stores.packages.get('npm:@acme/real')
    expect(record?.tags).toEqual({ latest: '1.1.0' })
  })

  it('installs the older version unpinned, the candidate pinned, and the arm it is sent to', async () => {
    await publishNpm(index, 'real', '1.0.0')
    await publishNpm(index, 'real', '1.1.0')
    const { id } = index.engine.find('npm:real@1.1.0') ?? { id: '' }
    const unpinned = await npmIn(`${index.url}/npm/`)
    const pinned = await npmIn(`${index.url}/npm/`)
    const candidate = await npmIn(`${index.url}/arm/${id}/candidate/n1/npm/`)
    const baseline = await npmIn(`${index.url}/arm/${id}/baseline/n1/npm/`)
    await Promise.all([
      unpinned.run('install', 'real@^1.0.0'),
      pinned.run('install', 'real@1.1.0'),
      candidate.run('install', 'real'),
      baseline.run('install', 'real'),
    ])
    expect(await unpinned.installed('real')).toBe('1.0.0')
    expect(await pinned.installed('real')).toBe('1.1.0')
    expect(await candidate.installed('real')).toBe('1.1.0')
    expect(await baseline.installed('real')).toBe('1.0.0')
    const lock = await readFile(join(pinned.folder, 'package-lock.json'), 'utf8')
    expect(lock).toContain(`${index.url}/npm/real/-/real-1.1.0.tgz`)
    expect(lock).not.toMatch(/\/(?:as|arm|channel)\//)
  })

  it('sees a candidate by its key, and from a warm cache no longer after a rollback', async () => {
    await publishNpm(index, 'warm', '1.0.0')
    await publishNpm(index, 'warm', '1.1.0')
    await advance('npm:warm@1.1.0', 50)
    const keys = Array.from({ length: 60 }, (_, number) => `team-${number}`)
    const ask = async (key: string) =>
      (await index.ask('GET', `/api/v1/why?rollout=npm:warm@1.1.0&key=${key}`, undefined, null)).json.inside
    const answers = await Promise.all(keys.map(ask))
    const inside = keys[answers.indexOf(true)] ?? ''
    const outside = keys[answers.indexOf(false)] ?? ''
    const npm = await npmIn(`${index.url}/as/${inside}/npm/`)
    const other = await npmIn(`${index.url}/npm/`)
    const latest = async (...args: string[]) => (await npm.run('view', 'warm', 'version', ...args)).out.trim()
    expect(await latest()).toBe('1.1.0')
    expect(
      (await other.run('view', 'warm', 'version', `--user-agent=npm slipway=${outside}`)).out.trim(),
    ).toBe('1.0.0')
    expect(
      (await other.run('view', 'warm', 'version', `--user-agent=npm slipway=${inside}`)).out.trim(),
    ).toBe('1.1.0')
    await index.ask('POST', '/api/v1/rollouts/npm:warm@1.1.0/rollback', { as: 'mona', reason: 'test' })
    expect(await latest()).toBe('1.0.0')
    await npm.run('install', 'warm@1.1.0')
    expect(await npm.installed('warm')).toBe('1.1.0')
  })

  it('deprecates without writing our own words into the store', async () => {
    await publishNpm(index, 'worn', '1.0.0')
    await publishNpm(index, 'worn', '1.1.0')
    const token = await index.token(['publish'], ['npm:worn'])
    const npm = await npmIn(`${index.url}/npm/`, token)
    expect(await npm.run('deprecate', 'worn@1.0.0', 'use 2')).toMatchObject({ code: 0 })
    const record = await index.stores.packages.get('npm:worn')
    expect(record?.versions['1.0.0']?.withdrawn).toBe('use 2')
    expect(record?.versions['1.1.0']?.withdrawn).toBeNull()
    // npm asks first which version has the tag, and for everybody outside the cohort that is 1.0.0 already.
    expect((await npm.run('dist-tag', 'add', 'worn@1.0.0', 'latest')).out).toContain('already set')
    const asked = await index.ask('PUT', '/npm/-/package/worn/dist-tags/latest', '"1.0.0"', token)
    expect(asked).toMatchObject({ status: 409 })
    expect(asked.json.detail).toContain('Use advance to raise it')
  })
})

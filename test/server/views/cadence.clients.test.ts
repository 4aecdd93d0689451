/** `/channel/beta/every/2-months`: people who take betas, and not each of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeForge } from '../../engine/fake-forge.ts'
import { isHere, npmIn, pipDownload, run } from '../clients.ts'
import { publishBegun } from '../pypi-form.ts'
import { publishNpm, startIndex, type TestIndex } from '../running-server.ts'
import { scratchFolder } from '../scratch-folder.ts'

const hasPip = await isHere('python3', ['-m', 'pip', '--version'])
const hasUv = await isHere('uv', ['--version'])
const day = 24 * 3_600_000

const entry = (id: string, label: string) => `
  - package: ${id}
    streams: { beta: { match: prerelease ${label}, channel: beta }, stable: { match: final } }`

let index: TestIndex
beforeAll(async () => {
  const forge = createFakeForge()
  const text = `releases:${entry('pypi:flowing-lib', 'b')}${entry('npm:flowing-lib', 'beta')}\n`
  forge.add('1', 'acme/lib', { '.github/slipway.yml': text })
  index = await startIndex({}, { forge: forge.forge, startsAt: '2024-02-20T12:00:00Z' })
  for (const id of ['pypi:flowing-lib', 'npm:flowing-lib'])
    await index.stores.access.setOwner({ package: id, repositoryId: '1', repository: 'acme/lib' })
  await publish('1.0.0', '1.0.0')
  await publish('1.1.0b1', '1.1.0-beta.1')
  // The turn is on the first of March.
  await index.wait(20 * day)
  await publish('1.1.0b2', '1.1.0-beta.2')
})
afterAll(() => index.close())

async function publish(python: string, node: string) {
  await publishBegun(index, 'flowing-lib', python)
  expect((await publishNpm(index, 'flowing-lib', node)).status).toBe(201)
}

async function pip(prefix: string) {
  const { files } = await pipDownload(`${index.url}${prefix}/pypi/simple/`, 'flowing-lib', ['--pre'])
  return files.map((name) => name.split('-')[1])
}

async function npm(prefix: string) {
  const client = await npmIn(`${index.url}${prefix}/npm/`)
  expect((await client.run('install', 'flowing-lib')).code).toBe(0)
  return client.installed('flowing-lib')
}

async function uv(prefix: string) {
  const folder = await scratchFolder()
  const asked = ['pip', 'install', '--target', 'there', '--prerelease', 'allow', '--no-cache', 'flowing-lib']
  const ran = await run('uv', [...asked, '--index-url', `${index.url}${prefix}/pypi/simple/`], folder)
  return /flowing-lib==(\S+)/.exec(ran.out)?.[1] ?? ran.out
}

describe.runIf(hasPip && hasUv)('every two months', { timeout: 120_000 }, () => {
  const often = '/channel/beta'
  const seldom = '/channel/beta/every/2-months'

  it('pip, uv and npm get the newest beta that was there at the last turn', async () => {
    expect([await pip(often), await uv(often), await npm(often)]).toEqual([
      ['1.1.0b2'],
      '1.1.0b2',
      '1.1.0-beta.2',
    ])
    expect([await pip(seldom), await uv(seldom), await npm(seldom)]).toEqual([
      ['1.1.0b1'],
      '1.1.0b1',
      '1.1.0-beta.1',
    ])
    const pinned = await pipDownload(`${index.url}${seldom}/pypi/simple/`, 'flowing-lib==1.1.0b2')
    expect(pinned.files).toEqual(['flowing_lib-1.1.0b2-py3-none-any.whl'])
  })

  it('and the next one at the next turn', async () => {
    await index.wait(Date.parse('2024-04-30T23:00:00Z') - index.now())
    expect(await pip(seldom)).toEqual(['1.1.0b1'])
    await index.wait(2 * 3_600_000)
    expect([await pip(seldom), await npm(seldom)]).toEqual([['1.1.0b2'], '1.1.0-beta.2'])
  })

  it('and the one before at once, when theirs is blocked', async () => {
    const block = (path: string, version: string) =>
      index.ask('POST', `/api/v1/packages/${path}/block`, { version, reason: 'it breaks' })
    expect((await block('pypi/flowing-lib', '1.1.0b2')).status).toBe(200)
    expect((await block('npm/flowing-lib', '1.1.0-beta.2')).status).toBe(200)
    expect([await pip(seldom), await npm(seldom)]).toEqual([['1.1.0b1'], '1.1.0-beta.1'])
  })

  it('and finals as they come', async () => {
    await publish('1.1.0', '1.1.0')
    for (const release of ['pypi:flowing-lib@1.1.0', 'npm:flowing-lib@1.1.0'])
      await index.ask('POST', `/api/v1/rollouts/${encodeURIComponent(release)}/advance`, {
        ...{ to: 100, as: 'mona', reason: 'it is good' },
      })
    await index.ask('POST', '/api/v1/rollouts/npm:flowing-lib@1.1.0/advance', { as: 'mona', reason: 'done' })
    expect(await npm(seldom)).toBe('1.1.0')
  })

  it('is refused with what is accepted, where it is none', async () => {
    const { status, text } = await index.ask('GET', '/channel/beta/every/fortnight/pypi/simple/flowing-lib/')
    expect([status, text]).toEqual([404, expect.stringContaining('expected a number of days, weeks, months')])
  })
})

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

const npmUnpublish = async (name: string, spec: string) => {
  const token = await index.token(['publish'], [`npm:${name}`])
  const npm = await npmIn(`${index.url}/npm/`, token)
  return npm.run('unpublish', spec, '--force')
}

/** 1.0.0 and 1.1.0, both for everybody. */
const released = async (name: string) => {
  for (const version of ['1.0.0', '1.1.0']) await publishNpm(index, name, version)
  const at = `/api/v1/rollouts/npm:${encodeURIComponent(name)}@1.1.0/advance`
  await index.ask('POST', at, { to: 100, as: 'mona', reason: 'test' })
  await index.ask('POST', at, { as: 'mona', reason: 'test' })
}

const versionsOf = async (name: string) =>
  Object.keys((await index.stores.packages.get(`npm:${name}`))?.versions ?? {})

describe('npm unpublish', () => {
  it.each(['gone', '@acme/gone'])('takes a young version of %s away, for good', async (name) => {
    await released(name)
    expect(await npmUnpublish(name, `${name}@1.1.0`)).toMatchObject({ code: 0 })
    expect(await versionsOf(name)).toEqual(['1.0.0'])
    const view = await index.ask('GET', `/npm/${name}`, undefined, null)
    expect(view.json['dist-tags']).toMatchObject({ latest: '1.0.0' })
    const short = name.slice(name.indexOf('/') + 1)
    expect((await fetch(`${index.url}/npm/${name}/-/${short}-1.1.0.tgz`)).status).toBe(404)
    const again = await publishNpm(index, name, '1.1.0')
    expect(again).toMatchObject({ status: 403 })
    expect(again.json.detail).toContain('was unpublished and its number is not given again')
    expect((await publishNpm(index, name, '1.1.1')).status).toBe(201)
    expect(index.engine.find(`npm:${name}@1.1.1`)?.members[0]?.baseline).toBe(`npm:${name}@1.0.0`)
  })

  it('is refused for what a live rollout is compared with', async () => {
    await released('held')
    await publishNpm(index, 'held', '1.2.0')
    const baseline = await npmUnpublish('held', 'held@1.1.0')
    expect(baseline.code).not.toBe(0)
    expect(baseline.out).toContain('npm:held@1.1.0 is what others get while ro-')
    expect(await versionsOf('held')).toEqual(['1.0.0', '1.1.0', '1.2.0'])
    expect(index.engine.find('npm:held@1.2.0')?.end).toBeNull()
  })

  it('takes back what is rolling out, before it is answered, and says so', async () => {
    await released('live')
    await publishNpm(index, 'live', '1.2.0')
    const advance = '/api/v1/rollouts/npm:live@1.2.0/advance'
    await index.ask('POST', advance, { to: 50, as: 'mona', reason: 'test' })
    const { id } = index.engine.find('npm:live@1.2.0') ?? {}
    const candidate = await npmUnpublish('live', 'live@1.2.0')
    expect(candidate).toMatchObject({ code: 0 })
    expect(candidate.out).toContain(
      `The rollout of npm:live@1.2.0 (${id}) is rolled-back: it was unpublished. Everybody gets npm:live@1.1.0 again.`,
    )
    const { json } = await index.ask('GET', `/api/v1/rollouts/${id}`)
    expect(json).toMatchObject({ phase: 'rolled-back', percent: 0 })
    expect(JSON.stringify(json.explanation)).toContain('it was unpublished')
    for (const view of ['/channel/stable', '/channel/candidate', '/as/somebody']) {
      const { json: seen } = await index.ask('GET', `${view}/npm/live`, undefined, null)
      expect(seen['dist-tags']).toMatchObject({ latest: '1.1.0' })
      expect(Object.keys(seen.versions as object)).toEqual(['1.0.0', '1.1.0'])
    }
    // The next one begins with the same baseline, as if that had never been.
    expect((await publishNpm(index, 'live', '1.2.1')).status).toBe(201)
    expect(index.engine.find('npm:live@1.2.1')?.members[0]?.baseline).toBe('npm:live@1.1.0')
  })

  it('gives up what was reserved and had not begun', async () => {
    await released('early')
    await publishNpm(index, 'early', '2.0.0', { tag: 'next' })
    const state = index.engine.find('npm:early@2.0.0')
    expect(state).toMatchObject({ end: null })
    expect(await npmUnpublish('early', 'early@2.0.0')).toMatchObject({ code: 0 })
    expect(index.engine.find('npm:early@2.0.0')?.end).not.toBeNull()
    expect(await versionsOf('early')).toEqual(['1.0.0', '1.1.0'])
  })

  it('is refused for all that is released, at once or as the last one', async () => {
    await released('all')
    const whole = await npmUnpublish('all', 'all')
    expect(whole.code).not.toBe(0)
    expect(whole.out).toContain('is the only full release')
    await npmUnpublish('all', 'all@1.0.0')
    expect((await npmUnpublish('all', 'all@1.1.0')).code).not.toBe(0)
    expect(await versionsOf('all')).toEqual(['1.1.0'])
  })

  it('takes a package away that never had a full release', async () => {
    await publishNpm(index, 'sketch', '0.1.0-rc.1', { tag: 'next' })
    expect(await npmUnpublish('sketch', 'sketch')).toMatchObject({ code: 0 })
    expect(await versionsOf('sketch')).toEqual([])
  })

  it('needs publish, the present revision, and does not change owners', async () => {
    await released('bound')
    const { revision } = (await index.stores.packages.get('npm:bound')) ?? { revision: 0 }
    const body = { versions: { '1.0.0': {} } }
    const reader = await index.token(['read'], ['npm:*'])
    expect((await index.ask('PUT', `/npm/bound/-rev/${revision}-0`, body, reader)).status).toBe(403)
    expect((await index.ask('PUT', `/npm/bound/-rev/${revision - 1}-0`, body)).status).toBe(409)
    const same = { versions: { '1.0.0': {}, '1.1.0': {} } }
    expect((await index.ask('PUT', `/npm/bound/-rev/${revision}-0`, same)).json.detail).toContain(
      'Owners are not changed',
    )
    const tarball = `/npm/bound/-/bound-1.1.0.tgz/-rev/${revision}-0`
    expect((await index.ask('DELETE', tarball)).status).toBe(405)
    expect(await versionsOf('bound')).toEqual(['1.0.0', '1.1.0'])
  })
})

it('npm unpublish is refused after 72 hours', async () => {
  await released('older')
  await index.wait(72 * 3_600_000 + 1000)
  const late = await npmUnpublish('older', 'older@1.0.0')
  expect(late.code).not.toBe(0)
  expect(late.out).toContain('npm:older@1.0.0 is older than 72 hours')
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishPair } from '../pypi-form.ts'
import { npmDocumentOf, publishNpm, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors).toEqual([])
  await index.close()
})

const keys = Array.from({ length: 200 }, (_, number) => `visitor-${number}`)

const raiseTo = (release: string, to: number) =>
  index.ask('POST', `/api/v1/rollouts/${release}/advance`, { to, as: 'mona', reason: 'test' })

async function npmInside(name: string): Promise<string[]> {
  const answers = await Promise.all(keys.map((key) => npmDocumentOf(index, `/as/${key}`, name)))
  return keys.filter((_, at) => answers[at]?.['dist-tags'].latest === '1.1.0')
}

describe('the share of users that see a candidate', () => {
  it('is the percent of the stage over 200 keys, and only grows', async () => {
    await withCandidate(index, 'share')
    expect(await npmInside('share')).toEqual([])
    let before: string[] = []
    for (const percent of [5, 10, 25, 50, 100]) {
      expect((await raiseTo('npm:share@1.1.0', percent)).json.percent).toBe(percent)
      const inside = await npmInside('share')
      // Four standard deviations of a binomial share: a fair hash misses this once in 15,000 runs.
      const tolerance = 4 * Math.sqrt((percent / 100) * (1 - percent / 100) * keys.length)
      expect(Math.abs(inside.length - (percent / 100) * keys.length)).toBeLessThanOrEqual(tolerance)
      expect(inside).toEqual(expect.arrayContaining(before))
      before = inside
    }
    expect(before).toEqual(keys)
  })

  it('is the same set of keys whichever way the key comes', async () => {
    await withCandidate(index, 'ways')
    await raiseTo('npm:ways@1.1.0', 50)
    for (const key of keys.slice(0, 40)) {
      const headers = [
        { authorization: `Basic ${Buffer.from(`${key}:x`).toString('base64')}` },
        { 'user-agent': `npm/11.0.0 slipway=${key}` },
      ]
      const byPath = (await npmDocumentOf(index, `/as/${key}`, 'ways'))['dist-tags'].latest
      for (const header of headers) {
        const answer = await fetch(`${index.url}/npm/ways`, { headers: header })
        expect(await answer.json()).toMatchObject({ 'dist-tags': { latest: byPath } })
      }
    }
  })

  it('agrees with what the API says about a key', async () => {
    await withCandidate(index, 'why')
    await raiseTo('npm:why@1.1.0', 50)
    const inside = new Set(await npmInside('why'))
    for (const key of keys.slice(0, 50)) {
      const answer = await index.ask('POST', '/api/v1/why', { rollout: 'npm:why@1.1.0', key }, null)
      expect(answer.json).toMatchObject({ inside: inside.has(key), percent: 50, key, kind: 'key' })
    }
  })

  it('has the groups of its stage in it, and nobody else of their names', async () => {
    await publishNpm(index, 'groups', '1.0.0')
    const policy = {
      stages: [
        { percent: 0, bake: '1h', groups: ['beta'] },
        { percent: 100, bake: '1h' },
      ],
      groups: { beta: ['beta-user'] },
    }
    await index.ask('POST', '/api/v1/rollouts', { releases: ['npm:groups@1.1.0'], policy })
    await publishNpm(index, 'groups', '1.1.0')
    const latest = async (key: string) =>
      (await npmDocumentOf(index, `/as/${key}`, 'groups'))['dist-tags'].latest
    expect(await latest('beta-user')).toBe('1.1.0')
    expect(await latest('Beta-User')).toBe('1.0.0')
    const why = await index.ask('GET', '/api/v1/why?rollout=npm:groups@1.1.0&key=beta-user', undefined, null)
    expect(why.json).toMatchObject({ inside: true, sentence: expect.stringContaining('in a group') })
  })

  it('falls to nobody at once when the rollout is taken back', async () => {
    await withCandidate(index, 'back')
    await raiseTo('npm:back@1.1.0', 50)
    expect(await npmInside('back')).not.toEqual([])
    const back = await index.ask('POST', '/api/v1/rollouts/npm:back@1.1.0/rollback', {
      as: 'mona',
      reason: 'breaks sites',
    })
    expect(back.json).toMatchObject({ phase: 'rolled-back', percent: 0 })
    expect(await npmInside('back')).toEqual([])
    const pinned = await index.ask('GET', '/as/visitor-0/npm/back/1.1.0', undefined, null)
    expect(pinned.json).toMatchObject({ version: '1.1.0' })
  })

  it('holds for Python projects too', async () => {
    await publishPair(index, 'py-share')
    await index.ask('POST', '/api/v1/rollouts', { releases: ['pypi:py-share@1.1.0'] })
    await raiseTo('pypi:py-share@1.1.0', 25)
    const pages = await Promise.all(
      keys.map(async (key) => {
        const response = await fetch(`${index.url}/as/${key}/pypi/simple/py-share/`, {
          headers: { accept: 'application/vnd.pypi.simple.v1+json' },
        })
        return (await response.json()) as { files: { filename: string; yanked: string | false }[] }
      }),
    )
    const inside = pages.filter(({ files }) => files.every((file) => file.yanked === false))
    expect(inside.length).toBeGreaterThan(25)
    expect(inside.length).toBeLessThan(75)
  })

  it('rolls back to the first answer without the candidate in well under 50 ms', async () => {
    const times: number[] = []
    for (let round = 0; round < 20; round += 1) {
      await withCandidate(index, `fast${round}`)
      await raiseTo(`npm:fast${round}@1.1.0`, 100)
      const id = index.engine.find(`npm:fast${round}@1.1.0`)?.id ?? ''
      const actor = { kind: 'person', login: 'mona', permission: 'admin' } as const
      const startedAt = performance.now()
      const command = { type: 'rollBack', installable: true, newerCompleted: null } as const
      await index.engine.run(id, command, { actor, reason: 'test' })
      const document = await npmDocumentOf(index, '/as/alice', `fast${round}`)
      times.push(performance.now() - startedAt)
      expect(document['dist-tags'].latest).toBe('1.0.0')
    }
    times.sort((a, b) => a - b)
    console.log(
      `rollback to first answer: median ${times[10]?.toFixed(1)} ms, worst ${times[19]?.toFixed(1)} ms`,
    )
    expect(times[10]).toBeLessThan(50)
  })
})

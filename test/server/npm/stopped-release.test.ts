import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import { sha256 } from '../../rollout/builders.ts'
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

const HOUR = 3_600_000
const who = { as: 'mona', reason: 'errors since noon' }
const act = async (action: string, body: object = {}) => {
  const answer = await index.ask('POST', `/api/v1/rollouts/npm:lib@1.1.0/${action}`, { ...who, ...body })
  return [answer.json.phase, answer.json.percent]
}

/** What `npm install lib` gives three users, whose buckets lie at 2, 30 and 80 %. */
async function installedBy(users: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    users.map(async (key) => {
      const npm = await npmIn(`${index.url}/as/${key}/npm/`)
      const { code, out } = await npm.run('install', 'lib@^1.0.0')
      expect([code, out]).toEqual([0, expect.any(String)])
      return npm.installed('lib')
    }),
  )
}

function usersAt(salt: string, percents: readonly number[]): readonly string[] {
  return percents.map((percent) => {
    for (let number = 0; ; number += 1) {
      const bucket = bucketOf(sha256, salt, `user-${number}`)
      if (bucket >= percent * 100 && bucket < percent * 100 + 100) return `user-${number}`
    }
  })
}

const old = '1.0.0'
const fresh = '1.1.0'

describe('npm installs of a release that is stopped, lowered and resumed', { timeout: 120_000 }, () => {
  it('follow it at once, and the same users get it again', async () => {
    await publishNpm(index, 'lib', old)
    await publishNpm(index, 'lib', fresh)
    const users = usersAt(index.engine.find('npm:lib@1.1.0')?.salt ?? '', [2, 30, 80])
    expect(await act('advance', { to: 50 })).toEqual(['rolling', 50])
    expect(await installedBy(users)).toEqual([fresh, fresh, old])

    expect(await act('pause')).toEqual(['paused', 50])
    expect(await installedBy(users)).toEqual([fresh, fresh, old])
    expect(await act('lower', { to: 5 })).toEqual(['paused', 5])
    expect(await installedBy(users)).toEqual([fresh, old, old])
    expect(await act('stop')).toEqual(['paused', 0])
    expect(await installedBy(users)).toEqual([old, old, old])
    await index.wait(15 * 24 * HOUR)
    expect(index.engine.find('npm:lib@1.1.0')?.end).toBeNull()

    expect(await act('resume')).toEqual(['staged', 0])
    for (const percent of [5, 10, 25, 50]) {
      await index.wait(HOUR)
      expect(percentNow()).toBe(percent)
    }
    expect(await installedBy(users)).toEqual([fresh, fresh, old])
    expect(await act('stop')).toEqual(['paused', 0])
    expect(await act('advance', { to: 50 })).toEqual(['rolling', 50])
    expect(await installedBy(users)).toEqual([fresh, fresh, old])
  })
})

function percentNow(): number | null {
  const [state] = index.engine.all().filter(({ end }) => end === null)
  return state === undefined ? null : index.engine.explain(state).percent
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGithubWorld, type GithubWorld } from './github-world.ts'

const policy = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 1s }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 1h }
    gates:
      advisories: { block: true }
`
const requirements = (version: string) => `demo==${version}\n`
const advisory = (id: string, range: string, name = 'demo') =>
  ({
    id,
    summary: 'Reads files of @everyone outside its folder',
    severity: 'high',
    affected: [['pip', name, range]],
  }) as const

let story: GithubWorld

beforeAll(async () => {
  story = await createGithubWorld(policy, { 'acme/blog': { 'requirements.txt': requirements('1.0.0') } })
  await story.release('1.1.0')
  await story.pass(1000)
  const files = { 'requirements.txt': requirements('1.1.0') }
  await story.rig.github.pullRequest('acme/blog', { title: 'Update demo', files, branch: 'update' })
  await story.settled()
})
afterAll(() => story.close())

it.each([
  [
    'of somebody else, about a package that is not theirs',
    'acme/blog',
    advisory('GHSA-aaaa-aaaa-aaaa', '>= 1.1.0'),
  ],
  ['about releases before this one', 'acme/lib', advisory('GHSA-bbbb-bbbb-bbbb', '< 1.1.0')],
  ['about the baseline as much', 'acme/lib', advisory('GHSA-cccc-cccc-cccc', '>= 1.0.0')],
])('an advisory %s moves nothing', async (_, from, news) => {
  await story.rig.github.settings.publishAdvisory(from, news)
  await story.pass(1000)
  expect(story.state()).toMatchObject({ stageIndex: 1, end: null, blocked: [] })
})

it('one that names the candidate takes it back, blocks it, and tells who had it on', async () => {
  const news = advisory('GHSA-dddd-dddd-dddd', '>= 1.1.0, < 1.1.1')
  await story.rig.github.settings.publishAdvisory('acme/lib', news)
  await story.settled()
  expect(story.state()).toMatchObject({
    end: { kind: 'rolled-back', automatic: true },
    blocked: ['pypi:demo@1.1.0'],
  })
  const [issue] = await story.issues()
  expect(issue?.title).toBe('Release pypi:demo@1.1.0 — rolled back')
  const comments = issue?.comments.map(({ body }) => body) ?? []
  expect(comments.at(-2)).toContain('GHSA-dddd-dddd-dddd (high) names `pypi:demo@1.1.0`')
  expect(comments.at(-1)).toMatch(/^\*\*The release was blocked: exact pins are refused too\./)
  const [notice, ...others] = await story.rig.github.issues('acme/blog')
  expect(others).toEqual([])
  const text = notice?.body.replace(/\s*<!--.*?-->/g, '').replace(/ro-[a-z2-7]{16}/g, 'ro-ID')
  expect(text).toMatchInlineSnapshot(`
    "**\`pypi:demo@1.1.0\`: taken back at 2023-11-14 22:13:24 UTC.** This repository had it on: it merged the update to it (#1).

    Why: GHSA-dddd-dddd-dddd (high) names \`pypi:demo@1.1.0\`, known since 2023-11-14 22:13 UTC.

    ### What to do

    - The safe version instead of \`pypi:demo@1.1.0\` is \`pypi:demo@1.0.0\`: \`pip install demo==1.0.0\`
    - Unpinned installs through the index get the safe version again by themselves; a lockfile that names the other one keeps it until it is changed.
    - It is blocked: exact pins of it are refused.

    Close this issue when you are done; it is not written again. More on the [rollout's page](https://slipway.test/rollouts/ro-ID). To get no such issues, put \`notices: false\` into \`.github/slipway.yml\`."
  `)
  expect(text).not.toMatch(/@everyone/)
})

it('says nothing twice, also when the delivery comes again', async () => {
  const before = await story.rig.github.issues('acme/blog')
  const delivery = story.rig.github.deliveries().filter(({ event }) => event === 'repository_advisory')
  await story.rig.github.redeliver(delivery.at(-1)?.guid ?? '')
  await story.pass(60_000)
  expect(await story.rig.github.issues('acme/blog')).toEqual(before)
  expect(story.rig.github.violations()).toEqual([])
})

describe('an advisory of which nobody tells', () => {
  const unheard = policy.replace('{ block: true }', '{}')
  const names = (id: string) => advisory(id, '>= 1.1.0, < 1.1.1')
  const open = async () => {
    const world = await createGithubWorld(unheard)
    await world.release('1.1.0')
    await world.pass(1000)
    expect(world.state()).toMatchObject({ stageIndex: 1, end: null })
    return world
  }

  it('is read before the next raise, among many others, and takes the candidate back', async () => {
    const world = await open()
    const { settings } = world.rig.github
    for (let number = 0; number < 120; number += 1) {
      await settings.publishAdvisory('acme/lib', advisory(`GHSA-${number}`, '< 1.0.0'), false)
    }
    await settings.publishAdvisory('acme/lib', names('GHSA-eeee-eeee-eeee'), false)
    await world.pass(3_600_000)
    expect(world.state()).toMatchObject({ stageIndex: 1, end: { kind: 'rolled-back' } })
    expect(await world.world.stores.advisories.advisoriesOf('pypi:demo')).toHaveLength(121)
    await world.close()
  })

  it('and that is withdrawn before it is read, moves nothing; what operators said stays', async () => {
    const world = await open()
    const { advisories } = world.world.stores
    const byOperators = { id: 'CVE-1', affected: '<0.5', summary: 'old', url: null }
    await advisories.setAdvisories('pypi:demo', [byOperators])
    await world.rig.github.settings.publishAdvisory('acme/lib', names('GHSA-ffff-ffff-ffff'), false)
    world.rig.github.settings.withdrawAdvisory('GHSA-ffff-ffff-ffff')
    await world.pass(3_600_000)
    expect(world.state()).toMatchObject({ stageIndex: 2, end: null })
    expect(await advisories.advisoriesOf('pypi:demo')).toEqual([byOperators])
    await world.close()
  })

  it('is not shown of a private repository: that is said, and no raise waits for it', async () => {
    const world = await open()
    await world.rig.github.settings.makePrivate('acme/lib')
    await world.settled()
    await world.pass(3_600_000)
    expect(world.state()).toMatchObject({ stageIndex: 2, end: null })
    const said = JSON.stringify(world.world.engine.explain(world.state()))
    expect(said).toContain('What the repository has published is not shown to Slipway (403')
    await world.close()
  })

  it('waits with the raise while GitHub does not answer', async () => {
    const world = await open()
    const operation = 'GET /repos/{owner}/{repo}/security-advisories'
    const headers = { 'retry-after': '600' }
    world.rig.github.limitNext({ operation, status: 429, headers })
    await world.pass(3_600_000)
    expect(world.state()).toMatchObject({ stageIndex: 1, end: null })
    expect(JSON.stringify(world.world.engine.explain(world.state()))).toContain('it is tried again')
    await world.pass(601_000)
    expect(world.state()).toMatchObject({ stageIndex: 2, end: null })
    await world.close()
  })
})

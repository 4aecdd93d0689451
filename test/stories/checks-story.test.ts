import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGithubWorld, type GithubWorld } from './github-world.ts'

const policy = `
releases:
  - package: pypi:demo
    stages:
      - { name: canaries, percent: 0, bake: 1s }
      - { name: early, percent: 5, bake: 1h }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 1h }
    gates:
      checks: { required: [ci, deploy/preview] }
`

let story: GithubWorld
let sha: string
const tell = async (name: string, state: 'pending' | 'success' | 'failure') => {
  story.world.clock.pass(1000)
  const { statuses } = story.rig.github
  const check = { sha, name, state }
  await (name === 'ci' ? statuses.setCheck('acme/lib', check) : statuses.setStatus('acme/lib', check))
  await story.settled()
}
const shown = async () => (await story.issues()).at(-1)
const seen = () => Object.values(story.state().checks).map(({ name, state }) => `${name} ${state}`)

beforeAll(async () => {
  story = await createGithubWorld(policy)
})
afterAll(() => story.close())

it('waits for the checks that the policy requires, each told by its own webhook', async () => {
  await story.release('1.1.0')
  sha = story.state().origin?.commit ?? ''
  await story.pass(1000)
  expect(story.state().stageIndex).toBe(0)
  await tell('ci', 'pending')
  await tell('ci', 'success')
  await tell('lint', 'failure')
  await tell('deploy/preview', 'success')
  expect(seen()).toEqual(['ci success', 'deploy/preview success'])
  await story.pass(0)
  expect(story.state()).toMatchObject({ stageIndex: 1, end: null })
})

it.each(['ci', 'deploy/preview'])(
  'after 5 % the check %s goes red and the rollout holds, until it is green again',
  async (name) => {
    await tell(name, 'failure')
    await story.pass(60_000)
    expect(story.state().stageIndex).toBe(1)
    const issue = await shown()
    expect(issue?.title).toBe('Release pypi:demo@1.1.0 — on hold')
    expect(issue?.body).toContain(`checks **holds**: Waiting until the check ${name} of commit`)
    await tell(name, 'pending')
    expect(story.state().stageIndex).toBe(1)
    await tell(name, 'success')
  },
)

it('learns from the check suite what no check run told', async () => {
  story.world.clock.pass(1000)
  await story.rig.github.statuses.changeInSuite('acme/lib', { sha, name: 'ci', state: 'failure' })
  await story.settled()
  expect(seen()).toEqual(['ci failure', 'deploy/preview success'])
  await tell('ci', 'success')
  expect(seen()).toEqual(['ci success', 'deploy/preview success'])
})

it('goes on', async () => {
  await story.pass(3_600_000)
  expect(story.state()).toMatchObject({ stageIndex: 2, heldBecause: [] })
  expect((await shown())?.title).toBe('Release pypi:demo@1.1.0 — rolling out')
  const told = story.rig.github.deliveries().map(({ event }) => event)
  expect(told).toEqual(expect.arrayContaining(['check_run', 'check_suite', 'status']))
  expect(story.rig.github.violations()).toEqual([])
})

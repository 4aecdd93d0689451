import { beforeEach, describe, expect, it } from 'vitest'
import { createGithubEffector } from '../../../src/github/effects/effector.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import {
  canaryId,
  createWorld,
  maintainer,
  ownerId,
  reportOf,
  stateOf,
  type World,
} from '../../engine/world.ts'
import { createPaperForge, type PaperForge } from '../paper-forge.ts'

let world: World
let paper: PaperForge

/** A real engine whose effects go through the real effector onto paper. */
beforeEach(async () => {
  world = await createWorld()
  paper = createPaperForge()
  Object.assign(world.forge.forge, paper.writing)
  const lib = world.forge.repositories.get(ownerId)
  lib?.tags.set('v1.0.0', 'a'.repeat(40)).set('v1.1.0', 'b'.repeat(40))
  const effector = createGithubEffector({ forge: world.forge.forge, publicUrl: 'https://slipway.test/' })
  world.engine = await world.reopen({ effector })
  await world.upload('npm:demo@1.0.0')
  world.clock.pass(1000)
})

const upload = () => world.upload('npm:demo@1.1.0')
const state = (): RolloutState => stateOf(world, 'npm:demo@1.1.0')
const issue = () => {
  const found = paper.issues.get(4)
  if (found === undefined) throw new Error('there is no issue 4')
  return found
}
const visible = (text: string) =>
  text
    .replaceAll(state().id, 'ro-id')
    .replace(/<!--.*?-->\s*/g, '')
    .trim()

/** Ticks and reconciles until nothing moves. */
async function pass(ms: number, times = 1): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    world.clock.pass(ms)
    await world.engine.tick()
    await world.engine.reconcile()
    await world.settle()
  }
}

describe('a dispatch', () => {
  it('follows a default branch that was renamed, also where nobody told of it', async () => {
    const app = world.forge.repositories.get(canaryId)
    const { dispatch } = paper.writing
    world.forge.forge.dispatch = async (repository, workflow, ref, ...rest) =>
      ref === 'trunk'
        ? dispatch(repository, workflow, ref, ...rest)
        : { ok: false, failure: { kind: 'invalid', message: 'No ref found for: main', retryAt: null } }
    Object.assign(app ?? {}, { defaultBranch: 'trunk' })
    await upload()
    expect(paper.dispatched.map(({ ref }) => ref)).toEqual(['trunk'])
    expect(state().canaries[canaryId]?.state?.state ?? 'ok').toBe('ok')
  })

  it('carries what the canary needs, and the run comes back as a fact', async () => {
    await upload()
    const nonce = world.engine.nonceOf(state().id, canaryId, 1)
    const id = state().id
    expect(paper.dispatched).toEqual([
      {
        workflow: 'ci.yml',
        ref: 'main',
        marker: nonce,
        input: {
          rollout: id,
          releases: ['npm:demo@1.1.0'],
          ecosystems: ['npm'],
          arm: 'both',
          try: 1,
          nonce,
          index: {
            candidate: `https://slipway.test/arm/${id}/candidate/${nonce}/`,
            baseline: `https://slipway.test/arm/${id}/baseline/${nonce}/`,
          },
          report: `https://slipway.test/api/v1/rollouts/${id}/results`,
        },
      },
    ])
    const fact = state().canaries[canaryId]?.tries[1]?.dispatches.both
    expect(fact).toMatchObject({ failure: null, url: expect.stringContaining('/runs/') })
  })

  it('that is limited waits for its time and then happens', async () => {
    paper.failing = { kind: 'limited', message: 'slow down', retryAt: world.clock.now() + 50_000 }
    await upload()
    expect(state().canaries[canaryId]?.tries[1]?.dispatches.both).toBeUndefined()
    paper.failing = null
    await pass(10_000)
    expect(paper.dispatched).toEqual([])
    await pass(60_000)
    expect(paper.dispatched).toHaveLength(1)
  })

  it('to a renamed repository goes to the same id, to another one under the old name never', async () => {
    const app = world.forge.repositories.get(canaryId)
    if (app === undefined) throw new Error('no canary')
    await upload()
    paper.dispatched.length = 0
    world.forge.repositories.set(canaryId, { ...app, fullName: 'acme/renamed' })
    world.forge.add('66', 'acme/app')
    // A token is for one repository id: under the old name is another one now.
    const { dispatch } = paper.writing
    world.forge.forge.dispatch = async (repository, ...rest) =>
      repository.fullName === 'acme/renamed'
        ? dispatch(repository, ...rest)
        : { ok: false, failure: { kind: 'forbidden', message: 'not accessible', retryAt: null } }
    await world.engine.run(state().id, { type: 'retryCanary', canary: canaryId }, maintainer)
    await pass(1)
    expect(paper.dispatched).toHaveLength(1)
    expect(world.forge.calls).toContain(`repository ${canaryId}`)
  })
})

describe('the tracking issue', () => {
  it('is opened once and shows where the rollout is', async () => {
    await upload()
    expect(paper.issues.size).toBe(1)
    expect(issue()).toMatchObject({
      title: 'Release npm:demo@1.1.0 — staged',
      labels: ['slipway', 'slipway:staged'],
      state: 'open',
    })
    expect(visible(issue().body)).toMatchInlineSnapshot(`
      "**\`npm:demo@1.1.0\`: staged, visible to 0 % of users.** At 0 % since 2023-11-14 22:13 UTC. Baking for 1 s, until 2023-11-14 22:13 UTC. Waiting for acme/app (no answer yet), at most until 2023-11-14 23:13 UTC.

      \`[--------------------]\` 0 % of users

      **canaries 0 %** → half 50 % → 100 %

      ### What happens next

      When the gates pass it goes to 50 %, by 2023-11-14 23:13 UTC if nothing fails. When: 2023-11-14 23:13:21 UTC (in 1 hour).

      ### Gates

      - bake **waits**: Baking for 1 s, until 2023-11-14 22:13 UTC. Looks again: 2023-11-14 22:13:22 UTC (in 1 second).
      - canaries **waits**: Waiting for acme/app (no answer yet), at most until 2023-11-14 23:13 UTC. Looks again: 2023-11-14 23:13:21 UTC (in 1 hour).

      ### Canaries

      1 pending. 0 of 1 admitted by weight are decided (0 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | pending (required) |  | [1 try](https://github.test/runs/101) | 2023-11-14 22:13:21 UTC |

      ### How to stop it or skip ahead

      - Take it back for good: \`/slipway rollback <reason>\`
      - Stop raising, keep who sees it: \`/slipway pause <reason>\`
      - Skip ahead one stage: \`/slipway advance <reason>\` (past a hold this needs maintain permission)
      - Ignore one canary result: \`/slipway waive <canary> <reason>\`; run it again: \`/slipway retry <canary>\`
      - Everything else: \`/slipway help\`

      ### Releases

      - \`npm:demo@1.1.0\`, before it \`npm:demo@1.0.0\`

      <details><summary>History (1)</summary>

      | When | What | By | Why |
      | --- | --- | --- | --- |
      | 2023-11-14 22:13:21 UTC | The rollout began | token \`t1\` |  |

      </details>

      [Rollout ro-id](https://slipway.test/rollouts/ro-id). Written 2023-11-14 22:13:21 UTC; times in brackets count from then. Slipway rewrites this part; what you write outside of it stays."
    `)
  })

  it('is rewritten as the rollout moves, and what people write around the block stays', async () => {
    await upload()
    issue().body = `Release captain: Ana\n\n${issue().body}\n\nCall me before 50 %.`
    await world.engine.report(reportOf(world, state(), { candidate: 'pass', baseline: 'pass' }))
    await pass(1500)
    expect(issue().title).toBe('Release npm:demo@1.1.0 — rolling out')
    expect(issue().labels).toEqual(['slipway', 'slipway:rolling'])
    expect(issue().body).toMatch(/^Release captain: Ana\n\n<!-- slipway:begin/)
    expect(issue().body).toMatch(/slipway:end -->\n\nCall me before 50 %\.$/)
    expect(issue().body).toContain('50 % of users')
    await pass(1500, 3)
    expect(issue()).toMatchObject({ title: 'Release npm:demo@1.1.0 — completed', state: 'closed' })
    expect(paper.issues.size).toBe(1)
  })

  it('tells each transition once, and a regression with what it takes to understand it', async () => {
    await upload()
    for (const number of [1, 2]) {
      await world.engine.report(
        reportOf(world, state(), { candidate: 'fail', baseline: 'pass' }, { try: number }),
      )
      await pass(10)
    }
    await pass(1000, 2)
    expect(issue()).toMatchObject({ title: 'Release npm:demo@1.1.0 — rolled back', state: 'open' })
    const comments = [...issue().comments.values()].map((comment) => visible(comment.body))
    expect(comments).toHaveLength(1)
    expect(comments[0]).toMatchInlineSnapshot(`
      "**The release was taken back: nobody sees it without asking for it.**

      Why: 1 required canary regressed: acme/app (regressed).

      \`acme/app\`: the baseline passed and the candidate failed in every one of 2 tries.

      <details><summary>Last lines of the failing run</summary>

      \`\`\`text
      expected 1, got 2
      \`\`\`

      </details>

      What to do: fix it and publish a new version. Unpinned installs get the release before it again; exact pins still install this one."
    `)
  })

  it('gives way where people wrote nearly all that GitHub takes', async () => {
    await upload()
    const notes = 'n'.repeat(62_000)
    issue().body = `${notes}${issue().body}`
    await world.engine.run(state().id, { type: 'pause' }, maintainer)
    await pass(10)
    expect(issue().body.length).toBeLessThan(65_536)
    expect(issue().body).toMatch(/^n{62000}<!-- slipway:begin/)
    expect(issue().body).toContain('paused')
  })

  it('that could not be opened before the end is opened and closed', async () => {
    paper.failing = { kind: 'limited', message: 'slow down', retryAt: world.clock.now() + 50_000 }
    await upload()
    await world.engine.run(state().id, { type: 'abandon' }, maintainer)
    expect(paper.issues.size).toBe(0)
    paper.failing = null
    await pass(60_000, 2)
    expect(issue()).toMatchObject({ state: 'closed', labels: ['slipway', 'slipway:abandoned'] })
  })

  it('that an attempt without an answer had opened shows what is so now', async () => {
    const { createIssue } = paper.writing
    let lost = false
    world.forge.forge.createIssue = async (...asked) => {
      const made = await createIssue(...asked)
      if (lost) return made
      lost = true
      return { ok: false, failure: { kind: 'broken', message: '502: bad gateway', retryAt: null } }
    }
    await upload()
    expect(issue().body).toContain('staged, visible to 0 %')
    await world.engine.run(state().id, { type: 'pause' }, maintainer)
    await pass(60_000, 2)
    expect(paper.issues.size).toBe(1)
    expect(issue().labels).toContain('slipway:paused')
    expect(issue().body).toContain('paused')
  })

  it('that a person deleted comes back at the next change', async () => {
    await upload()
    paper.issues.clear()
    await world.engine.run(state().id, { type: 'pause' }, maintainer)
    await pass(10)
    expect([...paper.issues.values()].filter(({ title }) => title !== '')).toHaveLength(1)
  })
})

describe('pull requests of the release', () => {
  it('are found between the tags, told once each, and the comment is edited', async () => {
    paper.pullRequests = [11, 12]
    await upload()
    await pass(10)
    expect(paper.compared).toEqual([`${'a'.repeat(40)}...${'b'.repeat(40)}`])
    expect(state().pullRequests.map(({ number }) => number)).toEqual([11, 12])
    const comment = () =>
      [...(paper.issues.get(11)?.comments.values() ?? [])].map(({ body }) => visible(body))
    expect(comment()).toHaveLength(1)
    expect(comment()[0]).toContain('nobody gets it yet')
    expect(comment()[0]).toContain('[the tracking issue](https://github.test/acme/lib/issues/4)')
    await world.engine.run(
      state().id,
      { type: 'rollBack', installable: true, newerCompleted: null },
      maintainer,
    )
    await pass(10)
    expect(comment()).toHaveLength(1)
    expect(comment()[0]).toContain('It was taken back')
  })

  it('are none without a tag of the baseline', async () => {
    world.forge.repositories.get(ownerId)?.tags.delete('v1.0.0')
    await upload()
    await pass(10)
    expect(paper.compared).toEqual([])
    expect(state().pullRequests).toEqual([])
  })
})

describe('blockers that were open before the start', () => {
  const open = { number: 9, title: 'It breaks', labels: ['regression', 'bug'], updatedAt: 1_600_000_000_000 }
  const withBlockers = () => {
    const lib = world.forge.repositories.get(ownerId)
    const text = lib?.files.get('.github/slipway.yml') ?? ''
    lib?.files.set('.github/slipway.yml', text.replace('gates:', 'gates:\n      blockers: {}'))
  }
  const answered = () =>
    world.engine.report(reportOf(world, state(), { candidate: 'pass', baseline: 'pass' }))
  const verdict = () => world.engine.explain(state()).gates.find(({ gate }) => gate === 'blockers')

  it('hold it, after one look for each label', async () => {
    withBlockers()
    paper.openIssues = [open, { ...open, number: 10, labels: ['question'] }]
    await upload()
    expect(paper.soughtLabels).toEqual(['regression', 'release-blocker'])
    expect(state().blockers).toEqual({
      '1#9': {
        issue: 'acme/lib#9',
        key: '1#9',
        title: 'It breaks',
        labels: ['regression', 'bug'],
        open: true,
        observedAt: open.updatedAt,
        seenAt: expect.any(Number),
      },
    })
    await answered()
    await pass(2000, 3)
    expect(state()).toMatchObject({ stageIndex: 0, end: null })
    expect(verdict()).toMatchObject({ answer: 'hold', subjects: ['acme/lib#9'] })
    expect(paper.soughtLabels).toHaveLength(2)
  })

  it('are none: it goes on', async () => {
    withBlockers()
    await upload()
    await answered()
    await pass(2000)
    expect(state().stageIndex).toBe(1)
  })

  it.each(['broken', 'forbidden', 'gone'] as const)(
    'that cannot be looked up (%s) are waited for, however long, and the reason is told once',
    async (kind) => {
      withBlockers()
      await upload()
      world.forge.forge.openIssues = async () => {
        paper.soughtLabels.push('failed')
        return { ok: false, failure: { kind, message: '403: not yours', retryAt: null } }
      }
      const second = await world.upload('npm:demo@1.2.0')
      const now = () => world.engine.find('npm:demo@1.2.0') ?? second
      await world.engine.report(
        reportOf(world, stateOf(world, 'npm:demo@1.2.0'), { candidate: 'pass', baseline: 'pass' }),
      )
      await pass(16 * 60_000, 12)
      expect(paper.soughtLabels.filter((label) => label === 'failed').length).toBeGreaterThan(10)
      expect(now()).toMatchObject({ stageIndex: 0, end: null })
      const events = await world.engine.history(now()?.id ?? '')
      expect(
        events.filter(
          (event) => event.type === 'signal-recorded' && event.signal.kind === 'blocker-search-failed',
        ),
      ).toHaveLength(1)
      const state = stateOf(world, 'npm:demo@1.2.0')
      const gate = world.engine.explain(state).gates.find((one) => one.gate === 'blockers')
      expect(gate?.answer).toBe('wait')
      expect(gate?.sentence).toContain('failed (403: not yours); it is tried again.')
      Object.assign(world.forge.forge, paper.writing)
      await pass(16 * 60_000)
      expect(now()?.stageIndex).toBe(1)
    },
  )

  it('are not waited for where there is no GitHub', async () => {
    const alone = await createWorld({ forge: false, owned: false })
    const engine = await alone.reopen({ forge: null, effector: null })
    Object.assign(alone, { engine })
    await alone.upload('npm:demo@1.0.0')
    alone.clock.pass(1000)
    await alone.upload('npm:demo@1.1.0')
    const origin = { repositoryId: '1', repository: 'acme/lib', commit: 'abc', tag: null, installationId: 1 }
    const request = { releases: ['npm:demo@1.1.0'], policy: null, restart: false, origin, who: maintainer }
    await engine.start(request)
    const found = stateOf(alone, 'npm:demo@1.1.0')
    expect(engine.explain(found).gates.find(({ gate }) => gate === 'blockers')).toMatchObject({
      answer: 'pass',
      sentence: expect.stringContaining('There is no repository to look at'),
    })
  })
})

import { describe, expect, it } from 'vitest'
import { statusText, whyText } from '../../../src/github/commands/command-answers.ts'
import { issueText, issueTitle } from '../../../src/github/words/messages.ts'
import { checkRunText } from '../../../src/github/words/release-words.ts'
import { explain } from '../../../src/rollout/explaining/explain.ts'
import { DAY, HOUR, maintainer, policy, stage, startedStory, writer } from '../builders.ts'
import { climb, finish, rolloutOf } from '../laws/lib-world.ts'
import { World } from '../world.ts'

const because = { actor: maintainer, reason: 'because' }
const links = { page: 'https://slipway.test/rollouts/ro-a', trackingIssue: null }

/** 1.0.0 is out; 1.1.0 is at 25 % when 1.1.1 comes and goes to 5 %. */
function overtaken(): World {
  const world = new World(() => policy())
  for (const version of ['1.0.0', '1.1.0', '1.1.1']) {
    world.now += HOUR
    const id = world.upload(`npm:lib@${version}`)
    if (id === null) continue
    world.start([`npm:lib@${version}`])
    world.command(id, {
      type: 'recordSignal',
      signal: { kind: 'blockers-searched', labels: ['regression'], at: 0 },
    })
    const to = { '1.1.0': 2500, '1.1.1': 500 }[version]
    if (to !== undefined) world.command(id, { type: 'advance', to, files: [] }, because)
  }
  world.tick(rolloutOf(world, '1.1.0').id)
  return world
}

const of = (world: World, version: string) =>
  explain(rolloutOf(world, version), world.now, null, null, world.rolloutsOf('npm:lib'))

describe('a release that a newer one overtakes', () => {
  it('says by what, what becomes of it and when it goes on, wherever people read it', () => {
    const world = overtaken()
    const older = of(world, '1.1.0')
    const texts = [
      issueText(older, links, world.now),
      checkRunText(older, links, world.now).summary,
      statusText(older, links, world.now),
      whyText(older, links, world.now),
    ]
    for (const text of texts.map((one) => one.replaceAll('`', ''))) {
      expect(text).toContain('Overtaken: npm:lib@1.1.1 (5 %) is ahead of it')
      expect(text).toContain('npm:lib@1.1.1 is rolling at 5 % and ahead of it.')
    }
    expect(older.next.sentence).toContain('this one leads again and its bake begins anew')
    expect(issueTitle(older)).toBe('Release npm:lib@1.1.0 — overtaken')
    expect(checkRunText(older, links, world.now).title).toBe('Overtaken at 25 %')
    expect(texts.join()).not.toMatch(/superseded/i)
  })

  it('is named by the newer one', () => {
    const world = overtaken()
    const newer = of(world, '1.1.1')
    expect(issueTitle(newer)).toBe('Release npm:lib@1.1.1 — rolling out')
    for (const said of [issueText(newer, links, world.now), checkRunText(newer, links, world.now).summary]) {
      const text = said.replaceAll('`', '')
      expect(text).toContain(
        'npm:lib@1.1.0 is rolling at 25 %, overtaken by it: it keeps its percent, and ends when this one completes.',
      )
    }
  })

  it('is carried on by the newer one, by its name, when that completes', () => {
    const world = overtaken()
    climb(world, '1.1.1')
    finish(world, '1.1.1')
    world.tick(rolloutOf(world, '1.1.0').id)
    const { phase, sentence } = of(world, '1.1.0')
    expect([phase, sentence.replace(/since .*/, 'since then.')]).toEqual([
      'superseded',
      'npm:lib@1.1.1 carries on for npm:lib@1.1.0 since then.',
    ])
  })
})

describe('a release that nothing watches', () => {
  const alone = { roster: [], origin: null }
  const clock = 'nothing watches this release but its clock'
  const sentence = (change: Parameters<typeof startedStory>[0], ms = 0) => {
    const story = startedStory(change)
    return explain(story.live, story.now + ms).sentence
  }

  it('says so on its first line, while it bakes and when it goes on', () => {
    expect(sentence(alone)).toBe(
      `At 0 % since 2026-11-20 12:00 UTC; ${clock}. Baking for 1 h, until 2026-11-20 13:00 UTC.`,
    )
    expect(sentence(alone, DAY)).toContain(clock)
  })

  it.each<[what: string, change: Parameters<typeof startedStory>[0]]>([
    ['a dependent', { origin: null }],
    ['the issues of its repository', { roster: [] }],
    [
      'a person who approves',
      {
        ...alone,
        policy: policy({
          stages: [0, 10_000].map((basisPoints) =>
            stage({ basisPoints, gates: { approval: { by: 'maintain' } } }),
          ),
        }),
      },
    ],
    [
      'its own checks',
      {
        ...alone,
        policy: policy({
          stages: [0, 10_000].map((basisPoints) =>
            stage({ basisPoints, gates: { checks: { required: ['ci'] } } }),
          ),
        }),
      },
    ],
  ])('is none where %s may speak against it', (_, change) => {
    expect(sentence(change)).not.toContain(clock)
  })

  it('says nothing of it once a person paused it', () => {
    const story = startedStory(alone)
    story.run({ type: 'pause' }, writer, 'wait')
    expect(explain(story.live, story.now).sentence).not.toContain(clock)
  })
})

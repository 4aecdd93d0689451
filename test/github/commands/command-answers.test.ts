import { describe, expect, it } from 'vitest'
import {
  helpText,
  refusedText,
  statusText,
  unreadText,
  whyText,
} from '../../../src/github/commands/command-answers.ts'
import { canary, explanation, links, minute, noon } from '../explanations.ts'

describe('answers to commands', () => {
  it('status', () => {
    expect(statusText(explanation(), links, noon)).toMatchInlineSnapshot(`
      "\`npm:demo@1.1.0\`: rolling out, visible to 25 % of users. The stage at 25 % bakes until 12:24.

      \`[#####---------------]\` 25 % of users

      canaries 0 % → 5 % → **25 %** → 50 % → 100 %

      Next: The stage at 50 % begins when the bake is over. When: 2026-11-20 12:24 UTC (in 24 minutes).

      [Rollout ro-aaaaaaaaaaaaaaaa](https://slipway.test/rollouts/ro-aaaaaaaaaaaaaaaa)"
    `)
  })

  it('why', () => {
    const held = explanation({
      phase: 'held',
      canaries: [canary({ label: 'private canary 1', kind: 'newly-flaky', url: null, since: noon - minute })],
    })
    expect(whyText(held, links, noon)).toMatchInlineSnapshot(`
      "\`npm:demo@1.1.0\`: The stage at 25 % bakes until 12:24.

      - bake **waits**: Bakes for 24 more minutes. Looks again: 2026-11-20 12:24 UTC (in 24 minutes).
      - canaries **passes**: All canaries pass.

      1 newly flaky. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`private canary 1\` | newly flaky (required) | pass, pass and fail | 1 try | 2026-11-20 11:59 UTC |

      \`private canary 1\`: Its tests pass with both versions.

      [Rollout ro-aaaaaaaaaaaaaaaa](https://slipway.test/rollouts/ro-aaaaaaaaaaaaaaaa)"
    `)
  })

  it('help', () => {
    expect(helpText()).toMatchInlineSnapshot(`
      "Write one command on a line of its own in a new comment. Where several rollouts could be meant, put the release after the word, for example \`/slipway status npm:demo@1.1.0\`.

      - \`/slipway stop <reason>\`: nobody gets the release any more without asking for it, until \`resume\`
      - \`/slipway status\`: where the rollout is and what comes next
      - \`/slipway why\`: every gate and canary behind it
      - \`/slipway advance [percent] [reason]\`: go to the next stage, or to a stage by its percent
      - \`/slipway approve [reason]\`: give the approval that a stage asks for
      - \`/slipway lower <percent> <reason>\`: go down to a stage and pause there
      - \`/slipway pause [reason]\`: no raise until \`resume\`; who gets the release keeps getting it
      - \`/slipway resume [reason]\`: go on after \`pause\`, \`stop\` or \`lower\`
      - \`/slipway rollback [reason]\`: take the release back for good
      - \`/slipway retry <canary>\`: test one dependent again; with \`--bisect\` after it, search for the first release that it fails with
      - \`/slipway waive <canary> <reason>\`: ignore one canary result
      - \`/slipway hold <duration> <reason>\`: wait, for at most 72 h when a dependent asks
      - \`/slipway urgent <reason>\`: go on by the urgent ladder of the policy (maintain permission)
      - \`/slipway catch-up <reason>\`: hurry through the stages that an older live release has passed
      - \`/slipway dismiss <code> <reason>\`: what was found under this code does not stand in the way (maintain permission)
      - \`/slipway restart [--same-users] <reason>\`: start it again after it was taken back (maintain permission); \`--same-users\` after a false alarm
      - \`/slipway abandon [reason]\`: give the rollout up
      - \`/slipway block <reason>\` and \`/slipway unblock <reason>\`: refuse the release everywhere, exact pins included, or no longer (maintain permission)
      - \`/slipway leave\`: in a repository that tests releases of others: it is asked for nothing any more
      - \`/slipway help\`

      status, why and help are open to everybody here. The others count in the repository that owns the package and need write permission (maintain to advance past a hold; an approval what its stage asks for). In the repository of an admitted canary, its maintainers may also hold and leave."
    `)
  })

  it('refused', () => {
    expect(
      refusedText(
        'advance',
        'advance is not yours to do. actor: got "bob (read)", expected write permission',
      ),
    ).toMatchInlineSnapshot(
      `"\`/slipway advance\` was not carried out. advance is not yours to do. actor: got "bob (read)", expected write permission"`,
    )
  })

  it('not understood', () => {
    expect(
      unreadText(
        '/slipway frobnicate `@all`',
        'command: got "frobnicate", expected one of status, why.',
      ).split('\n')[0],
    ).toMatchInlineSnapshot(
      `"\`/slipway frobnicate '@all'\` was not carried out. command: got "frobnicate", expected one of status, why."`,
    )
  })

  it('use plain words', () => {
    const all = [statusText(explanation(), links, noon), whyText(explanation(), links, noon), helpText()]
      .join('\n')
      .replaceAll('<!--', '')
    expect(all).not.toMatch(/!|\p{Extended_Pictographic}/u)
  })
})

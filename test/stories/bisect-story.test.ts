import { expect, it } from 'vitest'
import { answer, releases, type Step, says, told } from './story.ts'
import { publicUrl } from './story-world.ts'

const file = `
releases:
  - package: pypi:demo
    stages: [{ percent: 0, bake: 15m }, { percent: 50, bake: 12h }, { percent: 100, bake: 12h }]
    gates: { canaries: { tries: 2, timeout: 6h }, blockers: { labels: [release-blocker] } }
    canaries: [{ repo: acme/app, required: true }]
`

/** What pip would be offered of a package by the arms of the newest run. */
const shows = (name: string, candidate: readonly string[], baseline: readonly string[]): Step => ({
  what: `the arms of the newest run offer of ${name}: ${candidate.at(-1)} and ${baseline.at(-1)}`,
  async happen(world) {
    const { index } = JSON.parse(world.rig.github.runs().at(-1)?.inputs.slipway ?? '')
    const offered = async (arm: 'candidate' | 'baseline') => {
      const address = `${index[arm]}pypi/simple/${name}/`.replace(publicUrl, world.url)
      const page = await fetch(address, { headers: { accept: 'application/vnd.pypi.simple.v1+json' } })
      const { files } = (await page.json()) as { files: readonly { filename: string; yanked: unknown }[] }
      return files.flatMap(({ filename, yanked }) => (yanked ? [] : [filename.split('-')[1]])).sort()
    }
    expect([await offered('candidate'), await offered('baseline')]).toEqual([candidate, baseline])
  },
})

it('names the second of three releases of a line', async () => {
  const story = {
    file,
    canaries: { 'acme/app': 'silent' },
    steps: [
      releases('pypi:demo@1.0.1'),
      says('maintainer', '/slipway retry acme/app --bisect'),
      releases('pypi:demo@1.0.2'),
      answer({ 'acme/app': 'fail' }),
      releases('pypi:demo@1.0.3'),
      answer({ 'acme/app': ['pass', 'fail'] }),
      says('maintainer', '/slipway retry acme/app --bisct'),
      says('maintainer', '/slipway retry acme/app --bisect which of them?'),
      shows('demo', ['1.0.0', '1.0.2'], ['1.0.0']),
    ],
  } as const
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 is published

    -- pypi:demo@1.0.1 is published
    acme/lib#1: Release pypi:demo@1.0.1 — staged

    -- maintainer says in acme/lib: /slipway retry acme/app --bisect
    acme/lib#1: answered with -1
      > \`/slipway retry\` was not carried out. There is nothing to search for on acme/app: waiting for its answer, at most until 2026-03-02 15:02 UTC. canary: got "acme/app", expected a canary that regressed.

    -- pypi:demo@1.0.2 is published
    acme/lib#2: Release pypi:demo@1.0.2 — staged

    -- from now on acme/app answers: fail

    -- pypi:demo@1.0.3 is published
    acme/lib#3: Release pypi:demo@1.0.3 — rolled back
      > **The release was taken back: nobody sees it without asking for it.**
      >
      > Why: 1 required canary regressed: acme/app (regressed).
      >
      > \`acme/app\`: the baseline passed and the candidate failed in every one of 2 tries.
      >
      > <details><summary>Last lines of the failing run</summary>
      >
      > \`\`\`text
      > FAILED tests/test_total.py::test_total on the candidate
      > assert 3 == 2
      > \`\`\`
      >
      > </details>
      >
      > What to do: fix it and publish a new version. Unpinned installs get the release before it again; exact pins still install this one.
    acme/app#1: pypi:demo@1.0.3 was taken back

    -- from now on acme/app answers: pass, then fail

    -- maintainer says in acme/lib: /slipway retry acme/app --bisct
    acme/lib#3: answered with confused
      > \`/slipway retry acme/app --bisct\` was not carried out. option: got "--bisct", expected no option, or --bisect.
      >
      > Write one command on a line of its own in a new comment. Where several rollouts could be meant, put the release after the word, for example \`/slipway status npm:demo@1.1.0\`.
      >
      > - \`/slipway stop <reason>\`: nobody gets the release any more without asking for it, until \`resume\`
      > - \`/slipway status\`: where the rollout is and what comes next
      > - \`/slipway why\`: every gate and canary behind it
      > - \`/slipway advance [percent] [reason]\`: go to the next stage, or to a stage by its percent
      > - \`/slipway approve [reason]\`: give the approval that a stage asks for
      > - \`/slipway lower <percent> <reason>\`: go down to a stage and pause there
      > - \`/slipway pause [reason]\`: no raise until \`resume\`; who gets the release keeps getting it
      > - \`/slipway resume [reason]\`: go on after \`pause\`, \`stop\` or \`lower\`
      > - \`/slipway rollback [reason]\`: take the release back for good
      > - \`/slipway retry <canary>\`: test one dependent again; with \`--bisect\` after it, search for the first release that it fails with
      > - \`/slipway waive <canary> <reason>\`: ignore one canary result
      > - \`/slipway hold <duration> <reason>\`: wait, for at most 72 h when a dependent asks
      > - \`/slipway urgent <reason>\`: go on by the urgent ladder of the policy (maintain permission)
      > - \`/slipway catch-up <reason>\`: hurry through the stages that an older live release has passed
      > - \`/slipway dismiss <code> <reason>\`: what was found under this code does not stand in the way (maintain permission)
      > - \`/slipway restart [--same-users] <reason>\`: start it again after it was taken back (maintain permission); \`--same-users\` after a false alarm
      > - \`/slipway abandon [reason]\`: give the rollout up
      > - \`/slipway block <reason>\` and \`/slipway unblock <reason>\`: refuse the release everywhere, exact pins included, or no longer (maintain permission)
      > - \`/slipway leave\`: in a repository that tests releases of others: it is asked for nothing any more
      > - \`/slipway help\`
      >
      > status, why and help are open to everybody here. The others count in the repository that owns the package and need write permission (maintain to advance past a hold; an approval what its stage asks for). In the repository of an admitted canary, its maintainers may also hold and leave.

    -- maintainer says in acme/lib: /slipway retry acme/app --bisect which of them?
    acme/lib#3: answered with +1
      > **A search for the first bad release began by \`maintainer\`.**
      >
      > Why: which of them? (comment 6)
      >
      > What to do: nothing. Users are not concerned; the answer comes as a comment here.
      > **The search for the first bad release is over.**
      >
      > Why: The first bad release is \`pypi:demo@1.0.2\`: acme/app fails with it, and passes with \`pypi:demo@1.0.1\`.
      >
      > What to do: look at what changed in what is named, fix it, and publish a new version. \`/slipway retry <canary> --bisect\` searches again.

    -- the arms of the newest run offer of demo: 1.0.2 and 1.0.0

    == acme/lib#1, open: Release pypi:demo@1.0.1 — staged [slipway, slipway:staged]
      **\`pypi:demo@1.0.1\`: staged, visible to 0 % of users.** At 0 % since 2026-03-02 09:02 UTC. Baking for 15 min, until 2026-03-02 09:17 UTC. Waiting for acme/app (no answer yet), at most until 2026-03-02 15:02 UTC.

      \`[--------------------]\` 0 % of users

      **staged 0 %** → 50 % → 100 %

      ### What happens next

      When the gates pass it goes to 50 %, by 2026-03-02 15:02 UTC if nothing fails. When: 2026-03-02 15:02 UTC (in 5 hours 56 minutes).

      ### Other live releases

      - \`pypi:demo@1.0.2\` is staged at 0 %, beside it.

      ### Gates

      - bake **waits**: Baking for 15 min, until 2026-03-02 09:17 UTC. Looks again: 2026-03-02 09:17 UTC (in 11 minutes).
      - canaries **waits**: Waiting for acme/app (no answer yet), at most until 2026-03-02 15:02 UTC. Looks again: 2026-03-02 15:02 UTC (in 5 hours 56 minutes).
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 pending. 0 of 1 admitted by weight are decided (0 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | pending (required) |  | [1 try](https://github.test/acme/app/actions/runs/70000001) | 2026-03-02 09:02 UTC |

    == acme/lib#2, open: Release pypi:demo@1.0.2 — staged [slipway, slipway:staged]
      **\`pypi:demo@1.0.2\`: staged, visible to 0 % of users.** At 0 % since 2026-03-02 09:04 UTC. Baking for 15 min, until 2026-03-02 09:19 UTC. Waiting for acme/app (no answer yet), at most until 2026-03-02 15:04 UTC.

      \`[--------------------]\` 0 % of users

      **staged 0 %** → 50 % → 100 %

      ### What happens next

      When the gates pass it goes to 50 %, by 2026-03-02 15:04 UTC if nothing fails. When: 2026-03-02 15:04 UTC (in 5 hours 58 minutes).

      ### Other live releases

      - \`pypi:demo@1.0.1\` is staged at 0 %, beside it.

      ### Gates

      - bake **waits**: Baking for 15 min, until 2026-03-02 09:19 UTC. Looks again: 2026-03-02 09:19 UTC (in 13 minutes).
      - canaries **waits**: Waiting for acme/app (no answer yet), at most until 2026-03-02 15:04 UTC. Looks again: 2026-03-02 15:04 UTC (in 5 hours 58 minutes).
      - blockers **passes**: No open issue is labelled release-blocker.

      ### Canaries

      1 pending. 0 of 1 admitted by weight are decided (0 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | pending (required) |  | [1 try](https://github.test/acme/app/actions/runs/70000002) | 2026-03-02 09:04 UTC |

    == acme/lib#3, open: Release pypi:demo@1.0.3 — rolled back [slipway, slipway:rolled-back]
      **\`pypi:demo@1.0.3\`: rolled back, visible to 0 % of users.** Rolled back automatically at 2026-03-02 09:06 UTC: 1 required canary regressed: acme/app (regressed).

      \`[--------------------]\` 0 % of users

      staged 0 % (as far as it got) → 50 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 regressed. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | regressed (required) | pass, **fail** | [2 tries](https://github.test/acme/app/actions/runs/70000004) | 2026-03-02 09:06 UTC |

      \`acme/app\`: the baseline passed and the candidate failed in every one of 2 tries.

      <details><summary>Last lines of the failing run</summary>

      \`\`\`text
      FAILED tests/test_total.py::test_total on the candidate
      assert 3 == 2
      \`\`\`

      </details>

      Search on \`acme/app\`: The first bad release is \`pypi:demo@1.0.2\`: acme/app fails with it, and passes with \`pypi:demo@1.0.1\`.

      | Release | Search |
      | --- | --- |
      | \`pypi:demo@1.0.1\` | passes |
      | \`pypi:demo@1.0.2\` | **fails** |
      | \`pypi:demo@1.0.3\` | **fails** |"
  `)
})

it('names the one package of a train', async () => {
  const entry = (name: string) =>
    file.replace('\nreleases:\n', '').replaceAll('pypi:demo', `pypi:${name}\n    train: suite`)
  const story = {
    file: `releases:\n${entry('demo')}${entry('core')}`,
    packages: ['pypi:demo', 'pypi:core'],
    canaries: { 'acme/app': 'fail' },
    steps: [
      releases('pypi:demo@1.1.0', 'pypi:core@1.1.0'),
      answer({ 'acme/app': ['pass', 'fail'] }),
      says('maintainer', '/slipway retry --bisect acme/app'),
      shows('demo', ['1.0.0', '1.1.0'], ['1.0.0']),
      shows('core', ['1.0.0'], ['1.0.0']),
    ],
  } as const
  expect(await told(story)).toMatchInlineSnapshot(`
    "-- pypi:demo@1.0.0 and pypi:core@1.0.0 are published

    -- pypi:demo@1.1.0 and pypi:core@1.1.0 are published
    acme/lib#1: Release pypi:core@1.1.0 and 1 more — rolled back
      > **The release was taken back: nobody sees it without asking for it.**
      >
      > Why: 1 required canary regressed: acme/app (regressed).
      >
      > \`acme/app\`: the baseline passed and the candidate failed in every one of 2 tries.
      >
      > <details><summary>Last lines of the failing run</summary>
      >
      > \`\`\`text
      > FAILED tests/test_total.py::test_total on the candidate
      > assert 3 == 2
      > \`\`\`
      >
      > </details>
      >
      > What to do: fix it and publish a new version. Unpinned installs get the release before it again; exact pins still install this one.
    acme/app#1: pypi:core@1.1.0 and 1 more were taken back

    -- from now on acme/app answers: pass, then fail

    -- maintainer says in acme/lib: /slipway retry --bisect acme/app
    acme/lib#1: answered with +1
      > **A search for the first bad release began by \`maintainer\`.**
      >
      > Why: asked for in a comment (comment 2)
      >
      > What to do: nothing. Users are not concerned; the answer comes as a comment here.
      > **The search for the first bad release is over.**
      >
      > Why: The bad release is \`pypi:demo@1.1.0\`: acme/app fails with it alone, with the baselines of the other packages.
      >
      > What to do: look at what changed in what is named, fix it, and publish a new version. \`/slipway retry <canary> --bisect\` searches again.

    -- the arms of the newest run offer of demo: 1.1.0 and 1.0.0

    -- the arms of the newest run offer of core: 1.0.0 and 1.0.0

    == acme/lib#1, open: Release pypi:core@1.1.0 and 1 more — rolled back [slipway, slipway:rolled-back]
      **\`pypi:core@1.1.0\`, \`pypi:demo@1.1.0\`: rolled back, visible to 0 % of users.** Rolled back automatically at 2026-03-02 09:02 UTC: 1 required canary regressed: acme/app (regressed).

      \`[--------------------]\` 0 % of users

      staged 0 % (as far as it got) → 50 % → 100 %

      ### What happens next

      Nothing more happens by itself.

      ### Canaries

      1 regressed. 1 of 1 admitted by weight are decided (100 %).

      | Canary | State | Before, now | Run | Since |
      | --- | --- | --- | --- | --- |
      | \`acme/app\` | regressed (required) | pass, **fail** | [2 tries](https://github.test/acme/app/actions/runs/70000002) | 2026-03-02 09:02 UTC |

      \`acme/app\`: the baseline passed and the candidate failed in every one of 2 tries.

      <details><summary>Last lines of the failing run</summary>

      \`\`\`text
      FAILED tests/test_total.py::test_total on the candidate
      assert 3 == 2
      \`\`\`

      </details>

      Search on \`acme/app\`: The bad release is \`pypi:demo@1.1.0\`: acme/app fails with it alone, with the baselines of the other packages.

      | Release | Search |
      | --- | --- |
      | \`pypi:core@1.1.0\` | passes |
      | \`pypi:demo@1.1.0\` | **fails** |"
  `)
})

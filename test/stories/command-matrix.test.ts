import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runAction } from '../../src/action/run-action.ts'
import { restartRequest } from '../../src/engine/starting/restart-request.ts'
import { toRolloutCommand } from '../../src/github/commands/command-of-comment.ts'
import { parseCommand } from '../../src/github/commands/parse-command.ts'
import type { CommandBody } from '../../src/rollout/deciding/command.ts'
import { explain } from '../../src/rollout/explaining/explain.ts'
import { basisPointsOf, phaseOf } from '../../src/rollout/history/phase.ts'
import { commandOf, isActionName } from '../../src/server/api/api-actions.ts'
import { actionBody } from '../../src/server/api/api-schemas.ts'
import { type Loopback, loopback } from '../action/loopback.ts'
import { rolloutAnswer } from '../action/rollout-answer.ts'
import { slipway } from '../cli/in-process.ts'
import {
  canariesRule,
  completedStory,
  maintainer,
  policy,
  reserveBody,
  Story,
  stage,
  startedStory,
  writer,
} from '../rollout/builders.ts'

/** What a surface asks for, and why: a command of the heart, or a start of the same releases again. */
type Asked = readonly [
  what: CommandBody | { readonly restart: { readonly sameUsers: boolean } },
  reason: string,
]

let server: Loopback
beforeEach(async () => {
  server = await loopback(() => ({ body: rolloutAnswer() }))
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(async () => {
  await server.close()
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** The API's own reading of what was posted last. */
function posted(): Asked {
  const { path, body } = server.asked.findLast(({ method }) => method === 'POST') ?? { path: '', body: '' }
  const action = path.slice(path.lastIndexOf('/') + 1)
  const read = actionBody.parse(JSON.parse(String(body)))
  if (!isActionName(action)) throw new Error(`${action} is no action of the API`)
  const reason = read.reason
  if (action === 'restart') return [{ restart: { sameUsers: read.sameUsers === true } }, reason]
  const wanted = commandOf(action, read)
  if (!wanted.ok) throw new Error(wanted.problem.detail)
  return [wanted.command, reason]
}

async function byCli(args: readonly string[]): Promise<Asked> {
  const run = await slipway('.', args, { env: { SLIPWAY_SERVER: server.url, SLIPWAY_TOKEN: 'slw_x' } })
  expect([run.code, run.err]).toEqual([0, ''])
  return posted()
}

async function byAction(inputs: Readonly<Record<string, string>>): Promise<Asked> {
  const all = { server: server.url, token: 'slw_x', rollout: 'npm:demo@1.1.0', reason: 'a leak', as: 'mia' }
  for (const [name, value] of Object.entries({ ...all, ...inputs })) {
    vi.stubEnv(`INPUT_${name.toUpperCase()}`, value)
  }
  await runAction()
  expect(process.exitCode).toBeUndefined()
  return posted()
}

function byComment(text: string): Asked {
  const parsed = parseCommand(text)
  if (parsed?.ok !== true) throw new Error(`${text} is no command`)
  const { command } = parsed
  if (!('reason' in command)) throw new Error(text)
  if (command.word === 'restart') return [{ restart: { sameUsers: command.sameUsers } }, command.reason]
  const { live, now } = startedStory()
  const translated = toRolloutCommand(command, live, explain(live, now))
  if (!translated.ok) throw new Error(translated.message)
  return [translated.command, command.reason]
}

const by = ['npm:demo@1.1.0', '--reason', 'a leak']

describe('every surface asks for the same', { timeout: 60_000 }, () => {
  it.each<
    [word: string, cli: readonly string[], inputs: Record<string, string>, comment: string, wanted: Asked[0]]
  >([
    ['stop', ['stop', ...by], { command: 'stop' }, 'stop a leak', { type: 'lower', to: 0 }],
    [
      'lower',
      ['lower', 'npm:demo@1.1.0', '5', '--reason', 'a leak'],
      { command: 'lower', to: '5' },
      'lower 5 a leak',
      { type: 'lower', to: 500 },
    ],
    ['catch-up', ['catch-up', ...by], { command: 'catch-up' }, 'catch-up a leak', { type: 'catchUp' }],
    [
      'restart',
      ['restart', ...by],
      { command: 'restart' },
      'restart a leak',
      { restart: { sameUsers: false } },
    ],
    [
      'restart with the same users',
      ['restart', ...by, '--same-users'],
      { command: 'restart', 'same-users': 'true' },
      'restart --same-users a leak',
      { restart: { sameUsers: true } },
    ],
  ])('%s', async (_, cli, inputs, comment, wanted) => {
    const expected = [wanted, 'a leak']
    expect(await byCli(cli)).toEqual(expected)
    expect(await byAction(inputs)).toEqual(expected)
    expect(byComment(`/slipway ${comment}`)).toEqual(expected)
  })

  it('restart begins the releases of the ended rollout again', () => {
    const { live } = startedStory()
    const who = { actor: maintainer, reason: 'fixed' }
    expect(restartRequest(live, true, who)).toMatchObject({
      releases: ['npm:demo-lib@1.1.0'],
      restart: true,
      sameUsers: true,
      who,
    })
  })
})

const files = [{ release: 'npm:demo-lib@1.1.0', name: 'a.tgz', sha256: 'ab'.repeat(32) }]
const ladder = [0, 500, 5000, 10_000].map((basisPoints) =>
  stage({ basisPoints, gates: { canaries: canariesRule() } }),
)

function at(to: number): Story {
  const story = startedStory({ roster: [], policy: policy({ stages: ladder }) })
  if (to > 0) story.run({ type: 'advance', to, files }, maintainer, 'go')
  return story
}

const states: readonly (readonly [name: string, story: () => Story])[] = [
  [
    'reserved',
    () => {
      const story = new Story()
      story.run(reserveBody)
      return story
    },
  ],
  ['at 0 %', () => at(0)],
  ['at 50 %', () => at(5000)],
  [
    'paused at 50 %',
    () => {
      const story = at(5000)
      story.run({ type: 'pause' }, writer, 'wait')
      return story
    },
  ],
  [
    'held at 50 %',
    () => {
      const story = at(5000)
      story.run({ type: 'hold', durationMs: 3_600_000 }, maintainer, 'look')
      story.tick()
      return story
    },
  ],
  [
    'stopped',
    () => {
      const story = at(5000)
      story.run({ type: 'lower', to: 0 }, writer, 'a leak')
      return story
    },
  ],
  ['completed', completedStory],
  [
    'rolled back',
    () => {
      const story = at(5000)
      story.run({ type: 'rollBack', installable: true, newerCompleted: null }, maintainer, 'it breaks')
      return story
    },
  ],
]

const surroundings = { standing: { kind: 'leads' }, reached: 10_000 } as const
const commands: readonly (readonly [name: string, body: CommandBody])[] = [
  ['stop', { type: 'lower', to: 0 }],
  ['lower 5', { type: 'lower', to: 500 }],
  ['catch-up', { type: 'catchUp', surroundings }],
]

describe('what each command does in each state', () => {
  it('is this', () => {
    const lines = states.flatMap(([state, story]) =>
      commands.map(([name, body]) => {
        const told = story()
        const decision = told.attempt(body, writer, 'a leak')
        const { live } = told
        const where = `${phaseOf(live)} ${basisPointsOf(live) / 100} %`
        const what = decision.ok
          ? `${decision.events.map(({ type }) => type).join(', ') || 'nothing'}; ${where}`
          : `refused: ${decision.refusal.message}`
        return `${state}, ${name}: ${what}`
      }),
    )
    expect(lines).toMatchInlineSnapshot(`
      [
        "reserved, stop: refused: The rollout has not started. rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has started, for stop.",
        "reserved, lower 5: refused: The rollout has not started. rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has started, for lower.",
        "reserved, catch-up: refused: The rollout has not started. rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has started, for catch-up.",
        "at 0 %, stop: paused; paused 0 %",
        "at 0 %, lower 5: refused: It is at 0 %, and lower goes down only. to: got 5, expected a lower stage, and it is at the first; pause keeps it there.",
        "at 0 %, catch-up: catch-up-allowed; staged 0 %",
        "at 50 %, stop: lowered; paused 0 %",
        "at 50 %, lower 5: lowered; paused 5 %",
        "at 50 %, catch-up: catch-up-allowed; rolling 50 %",
        "paused at 50 %, stop: lowered; paused 0 %",
        "paused at 50 %, lower 5: lowered; paused 5 %",
        "paused at 50 %, catch-up: catch-up-allowed; paused 50 %",
        "held at 50 %, stop: lowered; paused 0 %",
        "held at 50 %, lower 5: lowered; paused 5 %",
        "held at 50 %, catch-up: catch-up-allowed; held 50 %",
        "stopped, stop: nothing; paused 0 %",
        "stopped, lower 5: refused: It is at 0 %, and lower goes down only. to: got 5, expected a lower stage, and it is at the first; pause keeps it there.",
        "stopped, catch-up: catch-up-allowed; paused 0 %",
        "completed, stop: refused: The rollout is over (completed). rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has not ended, for stop.",
        "completed, lower 5: refused: The rollout is over (completed). rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has not ended, for lower.",
        "completed, catch-up: refused: The rollout is over (completed). rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has not ended, for catch-up.",
        "rolled back, stop: refused: The rollout is over (rolled-back). rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has not ended, for stop.",
        "rolled back, lower 5: refused: The rollout is over (rolled-back). rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has not ended, for lower.",
        "rolled back, catch-up: refused: The rollout is over (rolled-back). rollout: got "ro-aaaaaaaaaaaaaaaa", expected a rollout that has not ended, for catch-up.",
      ]
    `)
  })
})

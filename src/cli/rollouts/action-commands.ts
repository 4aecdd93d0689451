import type { Command } from 'commander'
import { apiClient, type RolloutAction } from '../../registries/slipway-index/api-client.ts'
import type { ApiAnswer } from '../../registries/slipway-index/api-request.ts'
import type { RolloutDocument } from '../../registries/slipway-index/rollout-document.ts'
import { showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { mustConfirm } from '../confirm.ts'
import { plain } from '../paint.ts'
import { accessOf, type ServerOptions, stopFor, withServer } from '../server-options.ts'
import type { Typed } from '../what-to-type.ts'
import { printStatus } from './print-rollout.ts'
import { showRollout } from './show-rollout.ts'

const ID = 'rollout id (ro-...) or release (npm:@scope/lib@2.0.0)'

type ActOptions = ServerOptions & {
  reason?: string
  as?: string
  to?: string
  bisect?: boolean
  sameUsers?: boolean
  yes?: boolean
}

const actions: readonly (readonly [Act, string])[] = [
  ['stop', 'take the candidate from everybody at once, until somebody resumes (needs --reason)'],
  ['lower', 'go down to a lower percent and pause there (needs --reason)'],
  ['approve', 'give the approval that the current stage asks for'],
  ['advance', 'go to the next stage, past gates that wait or hold'],
  ['pause', 'stop raising; who gets it keeps getting it (stop takes it from them)'],
  ['resume', 'go on after a pause or a stop'],
  ['rollback', 'take the candidate back for good'],
  ['waive', 'ignore what one canary says, for 14 days or until it says something else (needs --reason)'],
  ['retry', 'test one canary again'],
  ['hold', 'wait for so long (needs --reason)'],
  ['urgent', 'go on by the urgent ladder of the policy (needs --reason)'],
  ['catch-up', 'hurry through what an older live release has passed (needs --reason)'],
  ['dismiss', 'say that what was found under a code does not stand in the way (needs --reason)'],
  ['restart', 'start its releases again after it was taken back (needs --reason)'],
  ['abandon', 'give the rollout up: nobody gets the release without asking for it'],
  ['block', 'refuse the release everywhere, exact pins included (needs --reason)'],
  ['unblock', 'let exact pins have the release again (needs --reason)'],
]

type Act = RolloutAction | 'retry'

const ofCanary: ReadonlySet<Act> = new Set(['waive', 'retry'])

/** What cannot simply be taken back: what is asked before it, and how it is undone as far as it can be. */
const grave: Readonly<Partial<Record<Act, { readonly question: string; readonly undo: string }>>> = {
  rollback: {
    question: 'is taken back from everybody, for good',
    undo: 'restart',
  },
  abandon: { question: 'is given up: it ends, and nobody gets its releases without asking', undo: 'restart' },
  block: { question: 'is refused everywhere, exact pins included', undo: 'unblock' },
}

/** `stop`, `lower`, `approve`, `advance`, `pause`, `resume`, `rollback`, `waive`, `retry` and the rest: one request each. */
export function addActions(program: Command, context: CliContext, finish: (code: number) => void): void {
  for (const [action, description] of actions) {
    const command = actionCommand(program, action, description)
    command.action(async (id: string, ...rest: readonly unknown[]) => {
      finish(await act(action, id, String(rest[0]), command.opts(), context))
    })
  }
}

function actionCommand(program: Command, action: Act, description: string): Command {
  const command = withServer(
    program
      .command(action)
      .description(description)
      .argument('<id>', ID)
      .option('--reason <text>', 'why, for the history')
      .option('--as <person>', 'the person behind a shared token'),
  )
  if (action === 'advance') command.option('--to <percent>', 'percent of a later stage')
  if (action === 'hold') command.argument('<duration>', 'such as 24h')
  if (action === 'restart') command.option('--same-users', 'it was a false alarm: the same users go first')
  if (action === 'lower') command.argument('<percent>', 'percent of a lower stage')
  if (action === 'dismiss')
    command.argument(
      '<code>',
      'as status shows it, such as name-removed, or "name-removed: x" for one of them',
    )
  if (ofCanary.has(action)) command.argument('<canary>', 'its repository, id or label, as `why` shows it')
  if (action === 'retry') {
    command.option('--bisect', 'search for the first release that a regressed canary fails with')
  }
  if (grave[action] !== undefined) command.option('--yes', 'without asking')
  return command
}

/** @param word what stands behind the id: a percent, a duration or a canary, where the action takes one */
async function act(
  action: Act,
  id: string,
  word: string,
  options: ActOptions,
  context: CliContext,
): Promise<number> {
  const client = apiClient(accessOf(options, context))
  const percent = action === 'lower' ? word : options.to
  const to = percent === undefined ? undefined : percentOf(percent)
  const asked = grave[action]
  if (asked !== undefined && !options.yes && context.ask !== null) {
    const { value } = await found(client.rollout(id), { words: `${action} ${id}` })
    const what = value.releases.map((release) => plain(release.id)).join(', ')
    for (const warning of value.explanation.warnings ?? []) context.err(`${plain(warning)}\n`)
    await mustConfirm(
      context,
      false,
      `${what} (${value.phase}, ${value.percent} %) ${asked.question}. Do it?`,
    )
  }
  const behind =
    ofCanary.has(action) || action === 'hold' || action === 'dismiss' || action === 'lower' ? ` ${word}` : ''
  const typed = { words: `${action} ${id}${behind}`, as: options.as, reason: options.reason }
  const answer = await client.act(id, action, {
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.as === undefined ? {} : { as: options.as }),
    ...(to === undefined ? {} : { to }),
    ...(ofCanary.has(action) ? { canary: word } : {}),
    ...(options.bisect ? { bisect: true } : {}),
    ...(options.sameUsers ? { sameUsers: true } : {}),
    ...(action === 'hold' ? { duration: word } : {}),
    ...(action === 'dismiss' ? { code: word } : {}),
  })
  const done = await found(Promise.resolve(answer), typed)
  if (done.value.changed === false) context.err(`Nothing was changed: ${sayAlready(action)}.\n`)
  else if (asked !== undefined && context.live)
    context.err(`To undo it: slipway ${asked.undo} ${id} --reason "why"\n`)
  // A release that was taken back is what is searched.
  const takenBack = action === 'rollback' || action === 'retry' || action.endsWith('block')
  return showRollout(done, options, context, printStatus, takenBack)
}

/** The answer, or the end of the command with what to type instead. */
async function found(
  answer: Promise<ApiAnswer<RolloutDocument>>,
  typed: Typed,
): Promise<Extract<ApiAnswer<RolloutDocument>, { ok: true }>> {
  const given = await answer
  if (!given.ok) throw stopFor(given.failure, '', typed)
  return given
}

/** What a command found done already. */
function sayAlready(action: Act): string {
  const done: Partial<Record<Act, string>> = {
    pause: 'it is paused already',
    stop: 'nobody gets it already, and it is paused',
    resume: 'it is not paused',
    approve: 'this stage is approved already, or asks for no approval',
    abandon: 'it is given up already',
    block: 'it is blocked already',
    unblock: 'it is not blocked',
  }
  return done[action] ?? 'it was so already'
}

function percentOf(text: string): number {
  const percent = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!(percent >= 0 && percent <= 100))
    throw new CommandStop(
      EXIT.usage,
      `to: got ${showValue(text)}, expected the percent of a stage, from 0 to 100`,
    )
  return percent
}

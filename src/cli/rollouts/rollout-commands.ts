import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { apiClient, type RolloutAction } from '../../registries/slipway-index/api-client.ts'
import type { ApiAnswer } from '../../registries/slipway-index/api-request.ts'
import type { RolloutDocument } from '../../registries/slipway-index/rollout-document.ts'
import { showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { paintFor, plain } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'
import { printExplanation, printStatus } from './print-rollout.ts'

type Finish = (code: number) => void

const ID = 'rollout id (ro-...) or release (npm:@scope/lib@2.0.0)'

/** `status`: where a rollout is. Exit code 1 when it was rolled back. */
export function addStatus(program: Command, context: CliContext, finish: Finish): void {
  withServer(program.command('status').description('say where a rollout is').argument('<id>', ID)).action(
    async (id: string, options: ServerOptions) => {
      const answer = await apiClient(accessOf(options, context)).rollout(id)
      finish(show(answer, options, context, printStatus))
    },
  )
}

/** `why`: everything behind the state; with a key, whether that key sees the candidate. */
export function addWhy(program: Command, context: CliContext, finish: Finish): void {
  withServer(
    program
      .command('why')
      .description('say why a rollout is where it is, and who sees it')
      .argument('<id>', ID)
      .option('--key <key>', 'a cohort key: says whether it sees the candidate'),
  ).action(async (id: string, options: ServerOptions & { key?: string }) => {
    const client = apiClient(accessOf(options, context))
    if (options.key === undefined) {
      finish(show(await client.rollout(id), options, context, printExplanation))
      return
    }
    const why = await client.why(id, options.key)
    if (!why.ok) throw stopFor(why.failure)
    if (options.json) {
      printJson(context, why.value)
      return finish(EXIT.done)
    }
    const code = show(await client.rollout(id), options, context, printExplanation)
    context.out(`\n${plain(why.value.sentence)}\n`)
    finish(code)
  })
}

/** `start`: begins rollouts of releases whose files are there, or reserves names for those to come. */
export function addStart(program: Command, context: CliContext, finish: Finish): void {
  withServer(
    program
      .command('start')
      .description('start the rollout of one release, or of several that belong together')
      .argument('<release...>', 'releases such as pypi:demo-lib@1.3.0')
      .option('--policy <file>', 'a policy in YAML or JSON (needs operate scope)')
      .option('--reason <text>', 'why, for the history')
      .option('--as <person>', 'the person behind a shared token')
      .option('--restart', 'start a rolled-back or superseded release again (needs --reason)')
      .option('--same-users', 'with --restart: it was a false alarm, the same users go first'),
  ).action(
    async (
      releases: string[],
      options: ServerOptions & {
        policy?: string
        reason?: string
        as?: string
        restart?: boolean
        sameUsers?: boolean
      },
    ) => {
      const access = accessOf(options, context)
      const policy = options.policy === undefined ? undefined : await readPolicy(options.policy, context)
      const answer = await apiClient(access).start({
        releases,
        ...(policy === undefined ? {} : { policy }),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        ...(options.as === undefined ? {} : { as: options.as }),
        ...(options.restart ? { restart: true } : {}),
        ...(options.sameUsers ? { sameUsers: true } : {}),
      })
      finish(show(answer, options, context, printStatus))
    },
  )
}

async function readPolicy(file: string, context: CliContext): Promise<unknown> {
  try {
    return parse(await readFile(resolve(context.cwd, file), 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandStop(EXIT.usage, `policy: cannot read ${file}: ${reason}`)
  }
}

type ActOptions = ServerOptions & {
  reason?: string
  as?: string
  to?: string
  bisect?: boolean
  sameUsers?: boolean
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
  ['restart', 'start its releases again after it was taken back (needs --reason)'],
  ['abandon', 'give the rollout up: nobody gets the release without asking for it'],
  ['block', 'refuse the release everywhere, exact pins included (needs --reason)'],
  ['unblock', 'let exact pins have the release again (needs --reason)'],
]

type Act = RolloutAction | 'retry'

const ofCanary: ReadonlySet<Act> = new Set(['waive', 'retry'])

/** `stop`, `lower`, `approve`, `advance`, `pause`, `resume`, `rollback`, `waive`, `retry` and the rest: one request each. */
export function addActions(program: Command, context: CliContext, finish: Finish): void {
  for (const [action, description] of actions) {
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
    if (ofCanary.has(action)) command.argument('<canary>', 'its repository, id or label, as `why` shows it')
    if (action === 'retry') {
      command.option('--bisect', 'search for the first release that a regressed canary fails with')
    }
    command.action(async (id: string, ...rest: readonly unknown[]) => {
      const canary = ofCanary.has(action) ? String(rest[0]) : undefined
      const options: ActOptions = command.opts()
      const access = accessOf(options, context)
      const percent = action === 'lower' ? String(rest[0]) : options.to
      const to = percent === undefined ? undefined : percentOf(percent)
      const answer = await apiClient(access).act(id, action, {
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        ...(options.as === undefined ? {} : { as: options.as }),
        ...(to === undefined ? {} : { to }),
        ...(canary === undefined ? {} : { canary }),
        ...(options.bisect ? { bisect: true } : {}),
        ...(options.sameUsers ? { sameUsers: true } : {}),
        ...(action === 'hold' ? { duration: String(rest[0]) } : {}),
      })
      // A release that was taken back is what is searched.
      const takenBack = action === 'rollback' || action === 'retry' || action.endsWith('block')
      finish(show(answer, options, context, printStatus, takenBack))
    })
  }
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

function show(
  answer: ApiAnswer<RolloutDocument>,
  options: ServerOptions,
  context: CliContext,
  print: typeof printStatus,
  rollbackWanted = false,
): number {
  if (!answer.ok) throw stopFor(answer.failure)
  if (options.json) printJson(context, answer.value)
  else context.out(`${print(answer.value, paintFor(context.colour), context.now())}\n`)
  return answer.value.phase === 'rolled-back' && !rollbackWanted ? EXIT.refused : EXIT.done
}

import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { restartRequest } from '../../engine/starting/restart-request.ts'
import {
  doneText,
  helpText,
  refusedText,
  statusText,
  unreadText,
  whyText,
} from '../../github/commands/command-answers.ts'
import { alreadyDone, toRolloutCommand } from '../../github/commands/command-of-comment.ts'
import type { CommentCommand, ParsedComment } from '../../github/commands/comment-command.ts'
import { whyGivenUp, whyTooLate } from '../../github/commands/late-command.ts'
import { namedRollout, targetNotFound } from '../../github/commands/named-rollout.ts'
import { parseCommand } from '../../github/commands/parse-command.ts'
import { isFinal } from '../../github/effects/dispatch-effect.ts'
import { marker } from '../../github/words/escape-text.ts'
import type { Repository } from '../../ports/forge.ts'
import { commentReason } from '../../rollout/deciding/comment-reason.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { World } from './open-world.ts'

interface Comment {
  readonly id: number
  readonly body: string
  readonly login: string
  /** Whoever may write to the repository may edit anybody's comment: such words prove no author. */
  readonly isEdited: boolean
  /** When it was written, in ms since the epoch. */
  readonly at: number
}

/** What is answered: a reaction, and a sentence where there is one. */
type Answer = readonly ['+1' | '-1' | 'confused', string | null]

const pageSize = 100

/**
 * Carries out what people wrote on the tracking issues since the last tick, each comment once, by the same rules as
 * the bot: a command counts with the permission that GitHub reports at this moment. Comments of bots and edited ones
 * are not heard. One that GitHub cannot be asked about holds back those after it on the same issue.
 */
export async function readCommands(
  world: World<RolloutReader & RolloutCommander & ReleaseStarter>,
): Promise<void> {
  const { engine, effects, forge } = world
  for (const state of engine.all()) {
    const [issue] = await effects.list(`${state.id}/tracking-issue/`)
    const number = issue?.place.issue
    if (typeof number !== 'number' || state.origin === null || isLongOver(world, state)) continue
    const repository = await forge.repository(state.origin.repositoryId)
    if (!repository.ok) continue
    for (const comment of await commentsOf(world, repository.value, number)) {
      const parsed = parseCommand(comment.body)
      if (parsed === null) continue
      const key = `${state.id}/command/${comment.id}/0`
      if ((await effects.get(key)) !== null) continue
      const answer = comment.isEdited
        ? toEdited(parsed)
        : parsed.ok
          ? await carryOut(world, repository.value, state.id, comment, parsed.command)
          : (['confused', unreadText(parsed.line, parsed.message)] as const)
      // GitHub does not say now: this command and those after it wait for the next tick.
      if (answer === null) break
      await reply(world, repository.value, number, comment.id, answer)
      await effects.put({ key, digest: 'done', place: { comment: comment.id }, at: world.clock.now() })
    }
  }
}

function toEdited(parsed: NonNullable<ParsedComment>): Answer {
  const line = parsed.ok ? parsed.command.line : parsed.line
  return ['confused', unreadText(line, 'The comment was edited; write a new one.')]
}

/** A release can be taken back after its completion, but nobody looks for commands for ever. */
const heardMs = 14 * 24 * 60 * 60_000

function isLongOver({ clock }: World, { end }: RolloutState): boolean {
  return end !== null && end.at < clock.now() - heardMs
}

async function commentsOf(world: World, repository: Repository, issue: number): Promise<readonly Comment[]> {
  const [owner = '', repo = ''] = repository.fullName.split('/')
  const found: Comment[] = []
  for (let page = 1; ; page += 1) {
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments'
    const asked = { owner, repo, issue_number: issue, per_page: pageSize, page }
    const { data } = await world.octokit.request(route, asked)
    for (const { id, body, user, created_at: createdAt, updated_at: updatedAt } of data) {
      if (user == null || user.type === 'Bot') continue
      const isEdited = updatedAt !== createdAt
      found.push({ id: Number(id), body: body ?? '', login: user.login, isEdited, at: Date.parse(createdAt) })
    }
    if (data.length < pageSize) return found
  }
}

const notHere =
  'without a server nobody starts anything in a dependent: its own workflow asks, and it leaves by taking that away.'

async function carryOut(
  { engine, forge, clock, effects }: World<RolloutReader & RolloutCommander & ReleaseStarter>,
  repository: Repository,
  rollout: string,
  { id, login, at }: Comment,
  command: CommentCommand,
): Promise<Answer | null> {
  if (command.word === 'help') return ['+1', helpText()]
  if (command.word === 'leave') return ['-1', refusedText('leave', notHere)]
  const here = engine.find(rollout)
  const { find } = engine
  const state =
    command.target === null ? here : namedRollout(command.target, { here, all: engine.all(), find })
  if (state === null) return ['confused', refusedText(command.word, targetNotFound(command.target))]
  if (typeof state === 'string') return ['confused', refusedText(command.word, state)]
  const explanation = engine.explain(state)
  if (command.word === 'status' || command.word === 'why') {
    const [issue] = await effects.list(`${state.id}/tracking-issue/`)
    const url = typeof issue?.place.url === 'string' ? issue.place.url : null
    const say = command.word === 'status' ? statusText : whyText
    return ['+1', say(explanation, { page: url ?? '', trackingIssue: url }, clock.now())]
  }
  const permission = await forge.permission(repository, login)
  if (!permission.ok && !isFinal(permission.failure)) return null
  if (!permission.ok) return ['confused', refusedText(command.word, permission.failure.message)]
  const actor = { kind: 'person', login, permission: permission.value } as const
  if (alreadyDone(state, id, actor)) return ['+1', null]
  const late = whyGivenUp({ id, at }, clock.now()) ?? whyTooLate(command, state, { id, at })
  if (late !== null) return ['-1', refusedText(command.word, late)]
  if (command.word === 'retry' && command.bisect) {
    const why =
      'option: got "--bisect", expected no option: only a Slipway index can show one release to one run'
    return ['-1', refusedText(command.word, why)]
  }
  const who = { actor, reason: commentReason(command.reason, id) }
  if (command.word === 'restart') {
    const again = await engine.start(restartRequest(state, command.sameUsers, who))
    return again.ok ? ['+1', null] : ['-1', refusedText(command.word, again.refusal.message)]
  }
  const translated = toRolloutCommand(command, state, explanation)
  if (!translated.ok) return ['-1', refusedText(command.word, translated.message)]
  const outcome = await engine.run(state.id, translated.command, who)
  return outcome.ok
    ? ['+1', doneText(command, engine.explain(outcome.state))]
    : ['-1', refusedText(command.word, outcome.refusal.message)]
}

async function reply(
  { forge, log }: World,
  repository: Repository,
  issue: number,
  comment: number,
  [reaction, text]: Answer,
): Promise<void> {
  const reacted = await forge.react(repository, comment, reaction)
  if (!reacted.ok) log.warn('a command was not answered', { comment, why: reacted.failure.message })
  if (text === null) return
  const hidden = marker('answer', String(comment))
  await forge.upsertComment(repository, issue, { body: `${text}\n\n${hidden}`, marker: hidden })
}

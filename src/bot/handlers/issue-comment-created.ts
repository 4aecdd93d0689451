import type { Context } from 'probot'
import { messageOf } from '../../engine/core/log.ts'
import type { OfferKeeper } from '../../engine/roles/offer-keeper.ts'
import type { ReleaseStarter } from '../../engine/roles/release-starter.ts'
import type { RolloutCommander } from '../../engine/roles/rollout-commander.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { restartRequest } from '../../engine/starting/restart-request.ts'
import { permits } from '../../gates/permission.ts'
import {
  doneText,
  helpText,
  leftText,
  refusedText,
  restartedText,
  statusText,
  unreadText,
  whyText,
} from '../../github/commands/command-answers.ts'
import { alreadyDone, toRolloutCommand } from '../../github/commands/command-of-comment.ts'
import type { CommentAction, CommentCommand } from '../../github/commands/comment-command.ts'
import { whyGivenUp, whyTooLate } from '../../github/commands/late-command.ts'
import { parseCommand } from '../../github/commands/parse-command.ts'
import { marker } from '../../github/words/escape-text.ts'
import type { Repository } from '../../ports/forge.ts'
import { commentReason } from '../../rollout/deciding/comment-reason.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import { showValue } from '../../versions/problem.ts'
import { type BotParts, linksTo, must, repositoryOf } from '../bot-parts.ts'
import { type Resolved, resolveRollout } from '../rollout-of-comment.ts'

type Found = Extract<Resolved, { ok: true }>

/** Where the command was written and how it is answered. */
interface Asked {
  readonly repository: Repository
  readonly issue: number
  readonly comment: number
  /** When it was written, in ms since the epoch. */
  readonly at: number
  readonly login: string
}

/**
 * Reacts to the comment. Where it was deleted that is noted and left; anything else may be different later (locked,
 * archived, suspended, a proxy that says "not found"), so it is tried again; the command is not carried out twice.
 */
async function react(parts: BotParts, asked: Asked, reaction: Reaction): Promise<void> {
  const { repository, issue, comment } = asked
  const reacted = await parts.forge.react(repository, comment, reaction)
  if (reacted.ok || !['gone', 'invalid'].includes(reacted.failure.kind)) return void must(reacted)
  const isThere = must(await parts.forge.hasComment(repository, issue, comment))
  if (isThere) return void must(reacted)
  parts.log.warn('a command was deleted before it was answered', { repository: repository.fullName, comment })
}

type Reaction = '+1' | '-1' | 'confused'

const answerKey = ({ repository, comment }: Asked): string => `answer/${repository.id}/${comment}`

/**
 * What was decided is kept before it is said: when GitHub does not take the answer now, the command is answered the same
 * later, however the rollout stands then, and neither refused and carried out nor the other way round.
 */
async function answer(parts: BotParts, asked: Asked, reaction: Reaction, text: string | null): Promise<void> {
  const at = parts.clock.now()
  await parts.effects.put({ key: answerKey(asked), digest: reaction, place: { text }, at })
  await say(parts, asked, reaction, text)
}

/** Says again what was decided when the command came first; false where nothing was yet. */
async function saidBefore(parts: BotParts, asked: Asked): Promise<boolean> {
  const kept = await parts.effects.get(answerKey(asked))
  if (kept === null) return false
  const { text } = kept.place
  await say(parts, asked, kept.digest as Reaction, typeof text === 'string' ? text : null)
  return true
}

async function say(parts: BotParts, asked: Asked, reaction: Reaction, text: string | null): Promise<void> {
  await react(parts, asked, reaction)
  if (text === null) return
  const hidden = marker('answer', String(asked.comment))
  const body = `${text}\n\n${hidden}`
  const comment = { body, marker: hidden }
  must(await parts.forge.upsertComment(asked.repository, asked.issue, comment))
}

/** Who speaks, with the permission GitHub reports now; a sentence when this repository has no say in it. */
async function actorOf(
  parts: BotParts,
  asked: Asked,
  found: Found,
  action: CommentAction,
): Promise<Actor | string> {
  const { standing } = found
  const permission = must(await parts.forge.permission(asked.repository, asked.login))
  if (standing.kind === 'owner') return { kind: 'person', login: asked.login, permission }
  if (standing.kind === 'none' || action.word !== 'hold') {
    const accepted = `status, why, help${standing.kind === 'canary' ? ', and hold <duration> <reason>' : ''}`
    return `${action.word} counts only in the repository that owns the package; accepted here are ${accepted}. repository: got ${showValue(asked.repository.fullName)}, expected the one that owns the package.`
  }
  if (permits(permission, 'write')) {
    return { kind: 'dependent', login: asked.login, canary: standing.canary }
  }
  return `hold needs write permission in this repository. permission: got ${permission} of ${asked.login}, expected write`
}

async function act(
  parts: BotParts<RolloutReader & RolloutCommander & ReleaseStarter>,
  asked: Asked,
  found: Found,
  action: CommentAction,
): Promise<void> {
  const refuse = (why: string) => answer(parts, asked, '-1', refusedText(action.word, why))
  const actor = await actorOf(parts, asked, found, action)
  if (typeof actor === 'string') return refuse(actor)
  if (alreadyDone(found.state, asked.comment, actor)) return answer(parts, asked, '+1', null)
  const written = { id: asked.comment, at: asked.at }
  const late = whyGivenUp(written, parts.clock.now()) ?? whyTooLate(action, found.state, written)
  if (late !== null) return refuse(late)
  const who = { actor, reason: commentReason(action.reason, asked.comment) }
  if (action.word === 'restart') {
    const again = await parts.engine.start(restartRequest(found.state, action.sameUsers, who))
    if (!again.ok) return refuse(again.refusal.message)
    await noteInAuditLog(parts, asked, found, action)
    const said = restartedText(parts.engine.explain(again.state), await linksTo(parts, again.state))
    return answer(parts, asked, '+1', said)
  }
  const translated = toRolloutCommand(action, found.state, parts.engine.explain(found.state))
  if (!translated.ok) return refuse(translated.message)
  const outcome = await parts.engine.run(found.state.id, translated.command, who)
  if (!outcome.ok) return refuse(outcome.refusal.message)
  await noteInAuditLog(parts, asked, found, action)
  return answer(parts, asked, '+1', doneText(action, parts.engine.explain(outcome.state)))
}

async function noteInAuditLog(
  parts: BotParts,
  asked: Asked,
  { state }: Found,
  action: CommentAction,
): Promise<void> {
  const entry = {
    at: parts.clock.now(),
    who: `${asked.login} on GitHub`,
    from: `${asked.repository.fullName}#${asked.issue}, comment ${asked.comment}`,
    action: action.word,
    subject: state.id,
    reason: action.reason,
  }
  try {
    await parts.audit.append(entry)
  } catch (error) {
    // It was done all the same, so it must stand somewhere.
    parts.log.error('the audit log could not be written', { ...entry, error: messageOf(error) })
  }
}

/** A dependent's own people end its offers; nobody else can, and it needs no rollout. */
async function leave(parts: BotParts<OfferKeeper>, asked: Asked): Promise<void> {
  const refuse = (why: string) => answer(parts, asked, '-1', refusedText('leave', why))
  const permission = must(await parts.forge.permission(asked.repository, asked.login))
  if (!permits(permission, 'write'))
    return refuse(`it needs write permission here. permission: got ${permission}, expected write`)
  const offered = must(await parts.engine.leave(asked.repository))
  if (offered === 0) return refuse('this repository offers to test nothing, so there is nothing to leave.')
  return answer(parts, asked, '+1', leftText(offered))
}

async function carryOut(
  parts: BotParts<RolloutReader & RolloutCommander & ReleaseStarter & OfferKeeper>,
  asked: Asked,
  command: CommentCommand,
): Promise<void> {
  if (command.word === 'help') return answer(parts, asked, '+1', helpText())
  if (command.word === 'leave') return leave(parts, asked)
  const found = await resolveRollout(parts, asked.repository, asked.issue, command.target)
  if (!found.ok) return answer(parts, asked, 'confused', refusedText(command.word, found.message))
  if (command.word !== 'status' && command.word !== 'why') return act(parts, asked, found, command)
  const explanation = parts.engine.explain(found.state)
  const links = await linksTo(parts, found.state)
  const say = command.word === 'status' ? statusText : whyText
  return answer(parts, asked, '+1', say(explanation, links, parts.clock.now()))
}

/** A new comment by a person may hold a command. Bots and edited comments are not heard. */
export async function onIssueCommentCreated(
  parts: BotParts<RolloutReader & RolloutCommander & ReleaseStarter & OfferKeeper>,
  { payload }: Pick<Context<'issue_comment.created'>, 'payload'>,
): Promise<void> {
  const { comment, issue, sender } = payload
  const author = comment.user
  if (author === null || author.type === 'Bot' || sender?.type === 'Bot') return
  const parsed = parseCommand(comment.body)
  if (parsed === null) return
  const repository = await repositoryOf(parts, payload)
  if (repository === null) return
  const at = Date.parse(comment.created_at)
  const asked = { repository, issue: issue.number, comment: comment.id, at, login: author.login }
  if (await saidBefore(parts, asked)) return
  if (!parsed.ok) return answer(parts, asked, 'confused', unreadText(parsed.line, parsed.message))
  return carryOut(parts, asked, parsed.command)
}

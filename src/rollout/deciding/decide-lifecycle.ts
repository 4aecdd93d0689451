import { formatTime } from '../../gates/format-time.ts'
import { packageIdOf, parseReleaseId, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import { sameJson } from '../history/canonical-json.ts'
import type { EventBody, SealedFile } from '../history/event.ts'
import type { RolloutState } from '../history/state.ts'
import { checkPolicy } from '../starting/check-policy.ts'
import { lacksPermission, lacksPerson, lacksPublish, lacksReason } from './authority.ts'
import type { Command } from './command.ts'
import { decideAgain } from './decide-reserved.ts'
import { accept, type Decision, deny, reject } from './decision.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>

const ROLLOUT_ID = /^ro-[a-z2-7]{16}$/

/** Names the rollout and its releases before any file exists. */
export function decideReserve(command: CommandOf<'reserve'>, state: RolloutState | null): Decision {
  const { id, releases, train, salt, policy, policySource, restartOf } = command
  const refusal = lacksPublish(command) ?? (policy === null ? null : checkPolicy(policy))
  if (refusal !== null) return reject(refusal)
  if (!ROLLOUT_ID.test(id)) {
    return deny('invalid', 'The id is no rollout id.', 'id', id, 'ro- and 16 of a-z and 2-7')
  }
  if (releases.length === 0 || new Set(releases).size < releases.length) {
    return deny(
      'invalid',
      'The releases do not make a rollout.',
      'releases',
      releases,
      'one or more, each once',
    )
  }
  if ((policy === null) !== (policySource === null)) {
    return deny(
      'invalid',
      'A policy has a source.',
      'policySource',
      policySource,
      'a source with a policy, only',
    )
  }
  if (state !== null) return decideAgain(command, state)
  return accept(command, {
    type: 'reserved',
    members: releases,
    train,
    salt,
    policy,
    policySource,
    restartOf,
  })
}

/** Begins: freezes policy and roster. A rollout without any baseline is complete at once. */
export function decideStart(command: CommandOf<'start'>, state: RolloutState): Decision {
  const { members, policy, policySource, roster, origin, salt, saltDrawnAt, freeze } = command
  const refusal = lacksPublish(command) ?? checkPolicy(policy)
  if (refusal !== null) return reject(refusal)
  if (state.end !== null) return isOver(state, 'start')
  if (state.startedAt !== null) return accept(command)
  const asked = [...members.map(({ candidate }) => candidate), ...(command.leftOut ?? [])]
  const known = state.members.map(({ candidate }) => candidate)
  if (!sameJson([...asked].sort(), [...known].sort())) {
    return deny('conflict', 'Other releases were reserved.', 'members', asked, known.join(', '))
  }
  if (new Set(roster.map(({ id }) => id)).size < roster.length) {
    const ids = roster.map(({ id }) => id)
    return deny('invalid', 'A canary is on the roster twice.', 'roster', ids, 'every repository once')
  }
  if (freeze !== null) {
    const why = `The package is frozen after ${freeze.rollbacks} rollbacks.`
    return deny('temporary', why, 'start', known, `a start after ${formatTime(freeze.until)}`)
  }
  const bodies: EventBody[] = [
    {
      ...{ type: 'started', members, policy, policySource, roster, origin, salt, saltDrawnAt },
      ...(command.compares === true && { compares: true as const }),
      ...(command.floors !== undefined && command.floors.length > 0 && { floors: command.floors }),
      ...(command.train !== undefined && command.train !== state.train && { train: command.train }),
      ...(command.leftOut?.length && { leftOut: command.leftOut }),
    },
  ]
  // Whoever sees a candidate now sees these files of it, and no others later.
  const isSeen = members.some(({ baseline }) => baseline === null) || policy.stages[0]?.groups.length !== 0
  if (isSeen && state.sealedFiles === null) {
    bodies.push({ type: 'sealed', files: sortFiles(command.files) })
  }
  const direct = members.every(({ baseline }) => baseline === null)
  if (direct) bodies.push({ type: 'completed', direct })
  return accept(command, ...bodies)
}

/** Adds a package before it begins, or another build of a public version that it has while it takes files. */
export function decideJoin(command: CommandOf<'join'>, state: RolloutState): Decision {
  const { candidate } = command
  const refusal = lacksPublish(command)
  if (refusal !== null) return reject(refusal)
  if (state.members.some((member) => member.candidate === candidate)) return accept(command)
  if (state.end !== null) return isOver(state, 'join')
  if (state.startedAt === null)
    return accept(command, { type: 'joined', member: { candidate, baseline: null } })
  const beside = state.members.find((member) => isBuildOf(member.candidate, candidate))
  if (beside === undefined || state.stageIndex > 0 || state.sealedFiles !== null) {
    const why = 'The rollout has begun; the release gets one of its own.'
    const expected = 'a member before it begins, or another build of one before the file list is closed'
    return deny('conflict', why, 'member', candidate, expected)
  }
  return accept(command, { type: 'joined', member: { candidate, baseline: beside.baseline } })
}

/** Two builds of one public version, `2.1+cpu` and `2.1+cu118`. */
function isBuildOf(one: ReleaseId, other: ReleaseId): boolean {
  const [left, right] = [parseReleaseId(one), parseReleaseId(other)]
  if (!left.ok || !right.ok || packageIdOf(one) !== packageIdOf(other)) return false
  const { publicOf } = schemeOf(left.value.ecosystem)
  return publicOf(left.value.version) === publicOf(right.value.version)
}

/** Its releases leave in another rollout of their train; once it has begun it goes on by itself. */
export function decideAbsorb(command: CommandOf<'absorb'>, state: RolloutState): Decision {
  if (command.actor.kind !== 'system') {
    return deny(
      'invalid',
      'Only the train itself does that.',
      'actor',
      command.actor.kind,
      'the server itself',
    )
  }
  if (state.end !== null) return isOver(state, 'absorb')
  if (state.startedAt !== null) {
    return deny('conflict', 'It has begun.', 'rollout', state.id, 'a rollout that is reserved only')
  }
  return accept(command, { type: 'superseded', by: command.by })
}

/** Closes the file list. */
export function decideSeal(command: CommandOf<'seal'>, state: RolloutState): Decision {
  const refusal = lacksPublish(command)
  if (refusal !== null) return reject(refusal)
  const files = sortFiles(command.files)
  if (state.sealedFiles !== null) {
    if (sameJson(state.sealedFiles, files)) return accept(command)
    const names = files.map(({ name }) => name)
    const expected = state.sealedFiles.map(({ name }) => name).join(', ')
    return deny('conflict', 'The file list is closed.', 'files', names, expected)
  }
  if (state.end !== null) return isOver(state, 'seal')
  return accept(command, { type: 'sealed', files })
}

/** Files in the one order in which they are stored. */
export function sortFiles(files: readonly SealedFile[]): readonly SealedFile[] {
  const key = (file: SealedFile): string => `${file.release}\0${file.name}`
  return [...files].sort((left, right) => (key(left) < key(right) ? -1 : 1))
}

/** Gives up without a verdict; the percent goes to 0. */
export function decideAbandon(command: CommandOf<'abandon'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'write')
  if (refusal !== null) return reject(refusal)
  if (state.end?.kind === 'abandoned') return accept(command)
  if (state.end !== null) return isOver(state, 'abandon')
  return accept(command, { type: 'abandoned' })
}

/** Refuses the releases everywhere, exact pins included; what is under way ends. */
export function decideBlock(command: CommandOf<'block'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'maintain')
  if (refusal !== null) return reject(refusal)
  const releases = state.members.map(({ candidate }) => candidate)
  if (sameJson(state.blocked, releases)) return accept(command)
  const blocked = { type: 'blocked', releases } as const
  if (state.end !== null) return accept(command, blocked)
  if (state.startedAt === null) return accept(command, blocked, { type: 'abandoned' })
  return accept(command, blocked, { type: 'rolled-back', automatic: false, regressions: [] })
}

/** Lets exact pins have the releases again. What ended with the block stays ended. */
export function decideUnblock(command: CommandOf<'unblock'>, state: RolloutState): Decision {
  const refusal = lacksPermission(command, 'maintain') ?? lacksPerson(command) ?? lacksReason(command)
  if (refusal !== null) return reject(refusal)
  return state.blocked.length === 0 ? accept(command) : accept(command, { type: 'unblocked' })
}

/** The refusal of everything that needs a rollout that has not ended. */
export function isOver(state: RolloutState, command: string): Decision {
  const why = `The rollout is over (${state.end?.kind ?? 'ended'}).`
  return deny('permanent', why, 'rollout', state.id, `a rollout that has not ended, for ${command}`)
}

import { isBisectTry, lastBisectTry } from '../../gates/canaries/bisect.ts'
import { lastTryOf } from '../../gates/canaries/judge-tries.ts'
import { triesFor } from '../../gates/statistics/flake-model.ts'
import { countedRuns } from '../../gates/statistics/observations.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { Signal } from '../history/event.ts'
import { copyNothing, joinResult, joinSignal } from '../history/join-evidence.ts'
import { joinExposure } from '../history/join-exposure.ts'
import type { RolloutState } from '../history/state.ts'
import { worthNoting } from '../history/worth-noting.ts'
import { lacksPermission, mayReport } from './authority.ts'
import type { Command } from './command.ts'
import { accept, type Decision, deny, reject } from './decision.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>

/** The names of matrix legs come from the dependent. */
const LEG_LENGTH = 200
/** GitHub runs at most so many jobs of one matrix. */
const MOST_LEGS = 256

/** Stores one arm's answer. Never moves the phase: the tick decides. */
export function decideRecordResult(command: CommandOf<'recordResult'>, state: RolloutState): Decision {
  const { fact } = command
  // A search goes on after the end: a release that was taken back is the one to be searched.
  const late = isBisectTry(fact.try) ? null : over(state, 'canary', fact.canary)
  const refused = outsider(command) ?? late ?? strangeTry(state, fact)
  if (refused !== null) return refused
  if (fact.leg === '' || fact.leg.length > LEG_LENGTH) {
    return deny('invalid', 'The leg has no usable name.', 'leg', fact.leg, `1 to ${LEG_LENGTH} characters`)
  }
  if (joinResult(state, fact, copyNothing) === state) return accept(command)
  return accept(command, { type: 'result-recorded', fact })
}

/** Stores what happened around the rollout. Accepted after the end too: answers of effects arrive late. */
export function decideRecordSignal(command: CommandOf<'recordSignal'>, state: RolloutState): Decision {
  const signal = withoutRepetition(state, command.signal)
  const refused = outsider(command)
  if (refused !== null) return refused
  const strange = strangeSignal(state, signal)
  if (strange !== null) return strange
  // What its files show decides nothing once it has ended.
  if (signal.kind === 'contents' && state.end !== null) return accept(command)
  if (joinSignal(state, signal, copyNothing) === state) return accept(command)
  return accept(command, { type: 'signal-recorded', signal })
}

/** A signal without what is known already, and without more than a rollout remembers. */
function withoutRepetition(state: RolloutState, signal: Signal): Signal {
  if (signal.kind !== 'pull-requests') return signal
  return { ...signal, pullRequests: worthNoting(state, signal.pullRequests) }
}

/** Whether a signal is about something else than this rollout. */
function strangeSignal(state: RolloutState, signal: Signal): Decision | null {
  switch (signal.kind) {
    case 'dispatched':
      return strangeTry(state, signal)
    case 'legs':
      return strangeTry(state, signal) ?? strangeLegs(signal.expected)
    case 'fetched':
      return strangeTry(state, signal) ?? strangeRelease(state, signal.release)
    case 'canary-private':
    case 'canary-state':
      return ownEntry(state.canaries, signal.canary) === undefined ? noCanary(signal.canary) : null
    case 'advisory':
      return strangeRelease(state, signal.advisory.release)
    case 'publication':
      return strangeCandidate(state, signal.publication.release)
    case 'contents':
      return strangeRelease(state, signal.contents.release) ?? strangeRelease(state, signal.contents.baseline)
    case 'http-answer':
      return strangeStage(state, signal.answer.stageIndex)
    default:
      return null
  }
}

function strangeLegs(expected: number | null): Decision | null {
  if (expected === null || (Number.isSafeInteger(expected) && expected >= 1 && expected <= MOST_LEGS))
    return null
  return deny('invalid', 'No run has so many legs.', 'of', expected, `a whole number from 1 to ${MOST_LEGS}`)
}

function strangeRelease(state: RolloutState, release: string): Decision | null {
  if (isReleaseOf(state, release)) return null
  const expected = 'a candidate or baseline of this rollout'
  return deny('unknown', 'The release does not belong to it.', 'release', release, expected)
}

function strangeCandidate(state: RolloutState, release: string): Decision | null {
  if (state.members.some(({ candidate }) => candidate === release)) return null
  const expected = state.members.map(({ candidate }) => candidate).join(', ')
  return deny('unknown', 'It is no candidate of it.', 'release', release, expected)
}

function strangeStage(state: RolloutState, index: number): Decision | null {
  const stages = state.policy?.stages.length ?? 0
  if (Number.isSafeInteger(index) && index >= 0 && index < stages) return null
  return deny('unknown', 'There is no such stage.', 'stageIndex', index, `a stage from 0 to ${stages - 1}`)
}

/** Stores cumulative counts of ordinary runs. */
export function decideRecordExposure(command: CommandOf<'recordExposure'>, state: RolloutState): Decision {
  const { fact } = command
  const stranger = mayReport(command.actor) ? null : outsider(command)
  const refused = stranger ?? over(state, 'cluster', fact.cluster)
  if (refused !== null) return refused
  const whole = Number.isSafeInteger(fact.runs) && Number.isSafeInteger(fact.failures)
  if (!whole || fact.failures < 0 || fact.failures > fact.runs || fact.runs > countedRuns) {
    const expected = `whole numbers with 0 <= failures <= runs <= ${countedRuns}`
    return deny('invalid', 'The counts are no counts.', 'runs', `${fact.failures} of ${fact.runs}`, expected)
  }
  const percents = state.policy?.stages.map(({ basisPoints }) => basisPoints) ?? []
  if (!percents.includes(fact.basisPoints)) {
    const expected = `basis points of a stage: ${percents.join(', ')}`
    return deny('unknown', 'There is no such stage.', 'basisPoints', fact.basisPoints, expected)
  }
  if (joinExposure(state, fact, copyNothing) === state) return accept(command)
  return accept(command, { type: 'exposure-recorded', fact })
}

/** Facts come from the engine, which has checked where they are from, or from an operator. */
function outsider(command: Command): Decision | null {
  const refusal = lacksPermission(command, 'maintain')
  return refusal === null ? null : reject(refusal)
}

function over(state: RolloutState, field: string, value: string): Decision | null {
  if (state.end !== null) {
    const why = `The rollout is over (${state.end.kind}).`
    return deny('permanent', why, field, value, 'evidence while the rollout is live')
  }
  if (state.startedAt !== null) return null
  return deny(
    'temporary',
    'The rollout has not started.',
    field,
    value,
    'evidence once the rollout has started',
  )
}

/**
 * Whether a try can have been wanted. Depends only on the roster, the policy and people's retries, never on
 * other evidence, so that any order of arrival gives the same state.
 */
function strangeTry(
  state: RolloutState,
  at: { readonly canary: string; readonly try: number },
): Decision | null {
  const canary = ownEntry(state.canaries, at.canary)
  if (canary === undefined) return noCanary(at.canary)
  if (isBisectTry(at.try) && at.try <= lastBisectTry(canary)) return null
  const tries = Math.max(mostTries(state), triesFor(mostTries(state), canary.entry.flakiness))
  const last = lastTryOf({ tries }, canary.firstTry)
  if (Number.isSafeInteger(at.try) && at.try >= 1 && at.try <= last) return null
  return deny('unknown', 'No such try was wanted.', 'try', at.try, `a try from 1 to ${last}`)
}

function noCanary(id: string): Decision {
  const expected = 'the id of a canary on the roster'
  return deny('unknown', 'It is no canary of this rollout.', 'canary', id, expected)
}

function mostTries(state: RolloutState): number {
  const stages = state.policy?.stages ?? []
  return stages.reduce((most, { gates }) => Math.max(most, gates.canaries?.tries ?? 1), 1)
}

function isReleaseOf(state: RolloutState, release: string): boolean {
  const isMember = state.members.some(
    ({ candidate, baseline }) => candidate === release || baseline === release,
  )
  return isMember || isSuspect(state, release)
}

/** Whether a search tests it; those of former searches are forgotten. */
function isSuspect({ canaries }: RolloutState, release: string): boolean {
  return Object.values(canaries).some(
    ({ bisect }) => bisect?.suspects.some((suspect) => suspect.release === release) === true,
  )
}

import type { Evaluation } from '../../gates/evaluate-gates.ts'
import { formatDuration, formatTime } from '../../gates/format-time.ts'
import { describe } from '../deciding/authority.ts'
import type { Freeze } from '../deciding/freeze.ts'
import { basisPointsOf, isLive, type LiveRollout } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { urgencyOf } from '../starting/urgent-ladder.ts'
import type { Explanation } from './explanation.ts'

/** What is said of a rollout that a newer one overtakes; null for any other. */
type Overtaken = { readonly sentence: string; readonly next: string } | null

/** The names of the releases that took the place of a superseded one; null where it was not, or they are not known. */
type Successor = string | null

/** The one sentence that answers why a rollout is where it is. */
export function sentenceOf(
  state: RolloutState,
  evaluation: Evaluation | null,
  overtaken: Overtaken = null,
  successor: Successor = null,
): string {
  if (state.unread !== null) return unreadSentence(state, state.unread)
  if (state.end !== null) return endSentence(state, state.end, successor)
  if (!isLive(state) || evaluation === null) return 'Reserved; nothing is visible before it starts.'
  const at = (since: number) => `${placeOf(state)} since ${formatTime(since)}${urgencyOf(state.policySource)}`
  const where = at(state.stageEnteredAt)
  if (state.pausedSince !== null) return pausedSentence(state, where)
  if (overtaken !== null && evaluation.answer !== 'fail' && evaluation.answer !== 'hold')
    return `${where}. ${overtaken.sentence}`
  const clock = isWatched(state) ? '' : '; nothing watches this release but its clock'
  const decisive = evaluation.verdicts.filter(({ answer }) => answer === evaluation.answer)
  if (evaluation.answer === 'pass') return `${where}${clock}; every gate passes.`
  const sentences = decisive.map(({ sentence }) => sentence).join(' ')
  return state.heldSince === null
    ? `${where}${clock}. ${sentences}`
    : `Held ${lowerFirst(at(state.heldSince))}. ${sentences}`
}

/** Whether a dependent, a check, a server, ordinary runs, a person or people's issues may speak against it. */
function isWatched(state: LiveRollout): boolean {
  const isTested = Object.values(state.canaries).some(({ entry }) => entry.admission !== 'none')
  return state.policy.stages.some(({ gates }) => {
    const { canaries, checks, exposure, http, approval, blockers } = gates
    const asked = [checks, exposure, http, approval, blockers && state.origin, canaries && (isTested || null)]
    return asked.some((one) => one != null)
  })
}

/** Who paused, stopped or lowered it, and who gets it all the same. */
function pausedSentence(state: LiveRollout, where: string): string {
  const pause = state.transitions.findLast(({ type }) => type === 'paused' || type === 'lowered')
  const who = pause === undefined ? '' : ` by ${describe(pause.actor)}`
  const at = `${who} at ${formatTime(state.pausedSince ?? 0)}`
  const percent = basisPointsOf(state)
  if (percent === 0 && state.loweredFrom > 0) {
    const was = `Stopped${at}; it was ${lowerFirst(placeAt(state, state.loweredFrom))}`
    return withShare(withReason(was, pause?.reason ?? ''), 'Nobody gets it without asking for it.')
  }
  const lowered = pause?.type === 'lowered' ? `lowered from ${percentText(state.loweredFrom)}` : 'paused'
  const share =
    percent === 0
      ? ''
      : `${usesPercents(state) ? `${percentText(percent)} of users still get` : 'Everybody still gets'} it; stop takes it from them until somebody resumes.`
  return withShare(withReason(`${where}; ${lowered}${at}`, pause?.reason ?? ''), share)
}

function withShare(sentence: string, share: string): string {
  if (share === '') return sentence
  return /[.!?]$/.test(sentence) ? `${sentence} ${share}` : `${sentence}. ${share}`
}

/** What stands where its history ends or makes no sense: what is not known is shown to nobody. */
function unreadSentence(state: RolloutState, why: string): string {
  const isFirst = state.startedAt !== null && state.members.every(({ baseline }) => baseline === null)
  const shown = isFirst
    ? 'It stays visible, because there was no earlier release to show instead'
    : 'Nobody gets it without asking for it'
  return `Held: its stored history cannot be read (${why}). ${shown}, and it takes no commands.`
}

const afterUnread =
  'It goes on when an operator has restored the history (slipway verify names what is damaged, slipway restore brings it back from a backup), or somebody with maintain permission starts it anew (slipway start --restart).'

function endSentence(
  state: RolloutState,
  end: NonNullable<RolloutState['end']>,
  successor: Successor,
): string {
  const at = formatTime(end.at)
  const reason = state.transitions.findLast(({ type }) => type === end.kind)?.reason ?? ''
  switch (end.kind) {
    case 'completed':
      return completedSentence(state, at)
    case 'rolled-back':
      return withReason(`Rolled back${end.automatic ? ' automatically' : ''} at ${at}`, reason)
    case 'superseded':
      return `${successor ?? end.supersededBy ?? 'A newer release'} carries on for ${candidatesOf(state)} since ${at}.`
    case 'abandoned':
      return withReason(`Abandoned at ${at}`, reason)
  }
}

function candidatesOf({ members }: RolloutState): string {
  return members.map(({ candidate }) => candidate).join(', ')
}

function completedSentence({ policy, end }: RolloutState, at: string): string {
  const stream = policy?.stream
  if (stream?.kind !== 'prerelease') {
    return end?.direct === true
      ? `Visible to all since ${at}: there is no earlier release to go back to.`
      : `Completed at ${at}: visible to all.`
  }
  return end?.direct === true
    ? `Visible since ${at} to all who ask for pre-releases: the stream ${stream.name} has no ladder, or there is no earlier release.`
    : `Completed at ${at}: visible to all who ask for pre-releases.`
}

/** What happens next by itself, and at what time at the earliest. */
export function nextStep(
  state: RolloutState,
  evaluation: Evaluation | null,
  freeze: Freeze | null,
  overtaken: Overtaken = null,
): Explanation['next'] {
  if (state.unread !== null) return { sentence: afterUnread, at: null }
  if (state.end !== null) return { sentence: 'Nothing more happens by itself.', at: null }
  if (!isLive(state) || evaluation === null) {
    return {
      sentence:
        'It begins when its files are here: npm at once; PyPI when it is started, released on GitHub, or no further file has come for a while.',
      at: null,
    }
  }
  if (evaluation.answer === 'fail') return { sentence: 'It is rolled back at once.', at: null }
  if (state.pausedSince !== null) return { sentence: afterPause(state), at: null }
  if (overtaken !== null) return { sentence: overtaken.next, at: null }
  const { verdicts, answer } = evaluation
  const step = stepAhead(state)
  if (answer === 'hold') return afterHold(evaluation, step)
  if (freeze !== null && !isLastStage(state)) {
    const until = formatTime(freeze.until)
    return { sentence: `The package is frozen until ${until}; ${step} after that.`, at: freeze.until }
  }
  if (answer === 'pass') return { sentence: `At the next tick ${step}.`, at: null }
  const waits = verdicts.flatMap(({ answer: one, until }) => (one === 'wait' ? [until] : []))
  if (waits.some((until) => until === null)) {
    return { sentence: `When the gates pass ${step}.`, at: null }
  }
  const at = Math.max(...waits.map(Number))
  return { sentence: `When the gates pass ${step}, by ${formatTime(at)} if nothing fails.`, at }
}

/** No pause ends by time. What was taken away comes back by the gates, to the same users. */
function afterPause(state: LiveRollout): string {
  const { catchUpMs } = state.policy.pace
  const percent = basisPointsOf(state)
  if (state.loweredFrom <= percent || !usesPercents(state)) return 'It goes on when somebody resumes it.'
  const bake =
    catchUpMs === null
      ? ''
      : `; stages up to ${percentText(state.loweredFrom)} bake ${formatDuration(catchUpMs)} each`
  return `When somebody resumes it, it goes on from ${percentText(percent)} by the gates, with the same users${bake}. Somebody with maintain permission may advance it to a percent at once.`
}

/** A hold that ends by itself says when; any other needs evidence or a person. */
function afterHold({ verdicts }: Evaluation, step: string): Explanation['next'] {
  const holding = verdicts.filter(({ answer }) => answer === 'hold')
  const ends = holding.map(({ until }) => until)
  if (ends.every((until) => until !== null)) {
    const at = Math.max(...ends)
    return { sentence: `The hold ends at ${formatTime(at)}; ${step} after that.`, at }
  }
  return { sentence: `New evidence or a person must clear the hold; ${step} after that.`, at: null }
}

function stepAhead(state: LiveRollout): string {
  const next = state.policy.stages[state.stageIndex + 1]
  if (next === undefined) return 'it completes'
  return usesPercents(state) ? `it goes to ${percentText(next.basisPoints)}` : 'it goes to everybody'
}

function isLastStage(state: LiveRollout): boolean {
  return state.stageIndex === state.policy.stages.length - 1
}

/** Where it is, to begin a sentence with. */
function placeOf(state: LiveRollout): string {
  return placeAt(state, basisPointsOf(state))
}

function placeAt(state: LiveRollout, basisPoints: number): string {
  if (usesPercents(state)) return `At ${percentText(basisPoints)}`
  return basisPoints === 0 ? 'Under test' : 'With everybody'
}

/** Where no index stands between a release and its users, nobody can be in a percent and nothing says one. */
function usesPercents({ policy }: LiveRollout): boolean {
  return policy.profile !== 'gate'
}

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`
}

function percentText(basisPoints: number): string {
  return `${basisPoints / 100} %`
}

function withReason(sentence: string, reason: string): string {
  return reason === '' ? `${sentence}.` : `${sentence}: ${reason}`
}

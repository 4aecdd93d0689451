import type { SuspectVerdict } from '../../gates/canaries/bisect.ts'
import type { Comparison, RosterEntry } from '../../gates/evidence.ts'
import type { Verdict } from '../../gates/verdict.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { Actor } from '../../rollout/history/actor.ts'
import type { Phase, Transition } from '../../rollout/history/state.ts'
import { code, oneLine } from './escape-text.ts'

/** Where a reader finds more. */
export interface Links {
  /** The rollout's page on the Slipway server. */
  readonly page: string
  readonly trackingIssue: string | null
}

export const phaseWords: Readonly<Record<Phase, string>> = {
  staged: 'staged',
  rolling: 'rolling out',
  held: 'on hold',
  paused: 'paused',
  completed: 'completed',
  'rolled-back': 'rolled back',
  superseded: 'superseded',
  abandoned: 'abandoned',
}

export const answerWords: Readonly<Record<Verdict['answer'], string>> = {
  pass: 'passes',
  wait: 'waits',
  hold: 'holds',
  fail: 'fails',
}

export const admissionWords: Readonly<Record<RosterEntry['admission'], string>> = {
  required: 'required',
  advisory: 'advisory',
  none: 'not admitted',
}

export const comparisonWords: Readonly<Record<Comparison['kind'], string>> = {
  pending: 'pending',
  'same-pass': 'passes with both',
  'same-fail': 'fails with both',
  regressed: 'regressed',
  fixed: 'fixed',
  'newly-flaky': 'newly flaky',
  'not-exercised': 'not exercised',
  infra: 'could not run',
  'no-baseline': 'no baseline',
  'timed-out': 'timed out',
  waived: 'waived',
  quarantined: 'in quarantine',
}

export const suspectWords: Readonly<Record<SuspectVerdict, string>> = {
  good: 'passes',
  bad: '**fails**',
  skipped: 'could not be judged',
  'under-way': 'under test',
  untested: 'not tested',
}

const ends: ReadonlySet<Phase> = new Set(['completed', 'rolled-back', 'superseded', 'abandoned'])

/** True while the rollout can still move. */
export function isLive(phase: Phase): boolean {
  return !ends.has(phase)
}

/** What a rollout does, as people read it: its phase, or that a newer release of its line is ahead of it. */
export function sayPhase({ phase, others }: Pick<Explanation, 'phase' | 'others'>): string {
  const isOvertaken = others.some(({ stands }) => stands === 'ahead')
  return isOvertaken && (phase === 'staged' || phase === 'rolling') ? 'overtaken' : phaseWords[phase]
}

/** `12.5 %`. */
export function sayPercent(percent: number): string {
  return `${percent} %`
}

/** Who sees it: `5 % of users`. Where nobody can be in a percent it is everybody, or whoever asks for it. */
export function sayShare({ percent, percents }: Pick<Explanation, 'percent' | 'percents'>): string {
  if (percents) return `${sayPercent(percent)} of users`
  return percent === 100 ? 'everybody' : 'those alone who ask for it'
}

/** The candidates as code, at most three by name. */
export function sayReleases(explanation: Explanation): string {
  const names = explanation.releases.map((member) => code(member.candidate, 200))
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`
}

/** The candidates as plain text, for a title. */
export function titleReleases(explanation: Explanation): string {
  const [first = { candidate: explanation.rollout }, ...rest] = explanation.releases
  const name = oneLine(first.candidate, 150)
  return rest.length === 0 ? name : `${name} and ${rest.length} more`
}

/** Who did it; logins as code, so that nobody is called. */
export function sayActor(actor: Actor): string {
  switch (actor.kind) {
    case 'system':
      return 'Slipway'
    case 'person':
    case 'dependent':
      return code(actor.login, 60)
    case 'token':
      return actor.as === null ? `token ${code(actor.name, 60)}` : code(actor.as, 60)
  }
}

/** What a transition changed, as a clause without a full stop. */
export function sayChange(transition: Transition, { percents }: Pick<Explanation, 'percents'>): string {
  const percent = transition.basisPoints / 100
  const share = sayShare({ percent, percents })
  const at = percents ? ` at ${sayPercent(percent)}` : ''
  switch (transition.type) {
    case 'started':
      return 'The rollout began'
    case 'stage-entered':
      return `The candidate is now visible to ${share}`
    case 'boarded':
      return 'One more of its family was found: it takes its place after its own first stage'
    case 'seated':
      return `All of its family that was found late is shown to whom the others are shown${at}`
    case 'overtaken':
      return `A newer release of the line is ahead: this one stands still${at}`
    case 'lead-regained':
      return `No newer release of the line is ahead any more: the bake${at} begins anew`
    case 'rebased':
      return 'A baseline is gone: the candidate is compared with another one from now on'
    case 'held':
      return `The rollout is on hold${at}`
    case 'released':
      return `The hold${at} is over`
    case 'paused':
      return transition.basisPoints === 0
        ? `The rollout was paused${at}`
        : `The rollout was paused: ${share} still get the release`
    case 'lowered':
      return transition.basisPoints === 0
        ? 'The rollout was stopped: nobody sees the release without asking for it'
        : `The rollout was lowered to ${sayPercent(percent)} and paused there`
    case 'resumed':
      return `The rollout goes on${at}`
    case 'approved':
      return `The stage${at} was approved`
    case 'hold-placed':
      return `A request to wait was placed${at}`
    case 'waived':
      return 'One canary result was waived'
    case 'dismissed':
      return 'A person said that something found does not stand in the way'
    case 'finding-answered':
      return 'A finding about its files was answered'
    case 'canary-retried':
      return 'One canary is tried again'
    case 'bisect-started':
      return 'A search for the first bad release began'
    case 'bisect-ended':
      return 'The search for the first bad release is over'
    case 'completed':
      return 'The rollout is completed: everybody sees the release'
    case 'rolled-back':
      return 'The release was taken back: nobody sees it without asking for it'
    case 'superseded':
      return 'A newer release took over: nobody sees this one without asking for it'
    case 'abandoned':
      return 'The rollout was abandoned: nobody sees the release without asking for it'
    case 'unblocked':
      return 'The block is lifted: exact pins get the release again'
    case 'catch-up-allowed':
      return 'The rollout may catch up with an older release of its line'
    case 'hurried':
      return 'The rollout goes on by the urgent ladder'
    case 'regraded':
      return 'Its files say that it changes more than its number does: it takes the ladder for that'
    case 'blocked':
      return 'The release was blocked: exact pins are refused too'
  }
}

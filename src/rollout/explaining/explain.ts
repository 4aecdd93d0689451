import { type Coverage, coverageOf } from '../../gates/canaries/canaries.ts'
import { canaryLabels, isSecret } from '../../gates/canaries/canary-label.ts'
import { compare, compareLegs } from '../../gates/canaries/comparison.ts'
import type { CanaryFacts, Comparison } from '../../gates/evidence.ts'
import { formatTime } from '../../gates/format-time.ts'
import { bakeUntil } from '../../gates/kinds/bake.ts'
import type { Verdict } from '../../gates/verdict.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { canariesRuleOf, currentStage, evaluate, gateFactsOf } from '../deciding/evaluate.ts'
import type { Freeze } from '../deciding/freeze.ts'
import { fleetOf } from '../fleet/fleet.ts'
import { failedSentence } from '../fleet/fleet-words.ts'
import { basisPointsOf, isLive, phaseOf } from '../history/phase.ts'
import type { RolloutState } from '../history/state.ts'
import { reachWords } from './explain-reach.ts'
import { explainSearch } from './explain-search.ts'
import { nextStep, sentenceOf } from './explain-sentences.ts'
import { neverCompleted, otherReleases, overtakenWords, successorOf } from './explain-siblings.ts'
import type { CanaryExplanation, Explanation, StageExplanation } from './explanation.ts'
import { withoutNames } from './without-names.ts'

/**
 * Why a rollout is where it is and what happens next. After the end it is judged as of the end, so that it no
 * longer changes. `freeze` is what the next tick will be told. `reader` is the id of the repository in which it is
 * read: a private canary is named in its own only. `world`: all rollouts of its packages, newest first.
 */
export function explain(
  known: RolloutState,
  now: number,
  freeze: Freeze | null = null,
  reader: string | null = known.origin?.repositoryId ?? null,
  world: readonly RolloutState[] = [],
): Explanation {
  const state = withoutNames(known, reader)
  const at = state.end?.at ?? now
  const evaluation = isLive(state) ? evaluate(state, at) : null
  const judged = judge(state, at, reader)
  const others = otherReleases(state, world)
  const overtaken = overtakenWords(state, others)
  const stream = state.policy?.stream
  return {
    rollout: state.id,
    releases: state.members,
    blocked: state.blocked,
    train: state.train,
    ...(stream && { stream: { name: stream.name, people: stream.people ?? [] } }),
    phase: phaseOf(state),
    percent: basisPointsOf(state) / 100,
    percents: state.policy?.profile !== 'gate',
    sentence: sentenceOf(state, evaluation, overtaken, successorOf(state, world)),
    next: nextStep(state, evaluation, freeze, overtaken),
    others,
    notes: [
      ...reachWords(state),
      ...movedTag(state),
      ...neverCompleted(state, world),
      ...failedOnMachines(state),
    ],
    stages: stagesOf(state),
    gates: (evaluation?.verdicts ?? []).map((verdict) => withoutIds(verdict, state, reader)),
    coverage: coverage(judged),
    canaries: canariesOf(state, judged, { at, now }, reader),
    history: state.transitions,
  }
}

/** That it failed in a fleet stops the fleet, whatever the gates say. */
function failedOnMachines({ exposures }: RolloutState): readonly string[] {
  const { failed } = fleetOf(exposures)
  return failed === 0 ? [] : [failedSentence(failed)]
}

/** What is to be said of the tag that the files came from, where it says something else now. */
function movedTag({ origin, forgeRelease, end }: RolloutState): readonly string[] {
  if (end !== null || forgeRelease === null || origin?.commit == null) return []
  const { tag, commit, observedAt } = forgeRelease
  if (commit === origin.commit || tag !== origin.tag) return []
  const what = commit === null ? 'was deleted' : `was moved to ${commit.slice(0, 12)}`
  return [
    `The tag ${tag} ${what}, seen at ${formatTime(observedAt)}; the files of this rollout are from ${origin.commit.slice(0, 12)}, and stay.`,
  ]
}

/** A verdict whose subjects are no ids of private canaries: an id leads to a name by GitHub's own API. */
function withoutIds(verdict: Verdict, { canaries }: RolloutState, home: string | null): Verdict {
  if (verdict.gate !== 'canaries') return verdict
  const labels = canaryLabels(canaries, home)
  const subjects = verdict.subjects.map((id) => {
    const entry = ownEntry(canaries, id)?.entry
    return entry !== undefined && isSecret(entry, home) ? (labels.get(id) ?? 'a private canary') : id
  })
  return { ...verdict, subjects }
}

interface Judged {
  readonly canary: CanaryFacts
  readonly comparison: Comparison
}

function judge(state: RolloutState, at: number, home: string | null): readonly Judged[] {
  const rule = state.policy === null ? null : canariesRuleOf(state.policy, state.stageIndex)
  if (rule === null) return []
  return Object.values(state.canaries).map((canary) => {
    const secret = isSecret(canary.entry, home)
    const comparison = compare(canary, state.members, rule, at, secret)
    // The key of the evidence names legs and runs.
    return { canary, comparison: secret ? { ...comparison, evidence: '' } : comparison }
  })
}

function coverage(judged: readonly Judged[]): Coverage {
  return coverageOf(judged)
}

function stagesOf(state: RolloutState): readonly StageExplanation[] {
  const entered = new Map<number, number>()
  for (const { type, at, basisPoints } of state.transitions) {
    if (type === 'started' || type === 'stage-entered' || type === 'lowered') entered.set(basisPoints, at)
  }
  const bakedAt = isLive(state) ? bakeUntil(currentStage(state), gateFactsOf(state)) : null
  return (state.policy?.stages ?? []).map((stage, index) => {
    const done = index < state.stageIndex || state.end?.kind === 'completed'
    const current = !done && index === state.stageIndex && state.startedAt !== null
    return {
      index,
      name: stage.name,
      percent: stage.basisPoints / 100,
      enteredAt: entered.get(stage.basisPoints) ?? null,
      bakeUntil: current && state.end === null ? bakedAt : null,
      state: done ? 'passed' : current ? 'current' : 'ahead',
    }
  })
}

function canariesOf(
  state: RolloutState,
  judged: readonly Judged[],
  { at, now }: { readonly at: number; readonly now: number },
  home: string | null,
): readonly CanaryExplanation[] {
  const labels = canaryLabels(state.canaries, home)
  const rule = state.policy === null ? null : canariesRuleOf(state.policy, state.stageIndex)
  return judged.map(({ canary, comparison }) => {
    const { entry, firstTry, tries } = canary
    const secret = isSecret(entry, home)
    const round = Object.values(tries).filter(({ number }) => number >= firstTry)
    const newest = newestRun(round)
    const label = labels.get(entry.id) ?? entry.repo
    const id = secret ? label : entry.id
    return {
      id,
      label,
      admission: entry.admission,
      weight: entry.weight,
      comparison: { ...comparison, canary: id },
      tries: round.length,
      legs: secret || rule === null ? [] : compareLegs(canary, state.members, rule, at),
      condition: secret || canary.state?.state === 'ok' ? null : canary.state,
      url: secret ? null : newest.url,
      since: newest.at,
      detail: secret ? '' : newest.detail,
      ...(rule !== null && explainSearch(canary, rule, now, label)),
    }
  })
}

/** Link and time of the last sign of life, and the last words of the newest failing candidate arm. */
function newestRun(round: readonly CanaryFacts['tries'][number][]): {
  readonly url: string | null
  readonly at: number | null
  readonly detail: string
} {
  let url: string | null = null
  let at: number | null = null
  let detail = ''
  for (const facts of [...round].sort((left, right) => left.number - right.number)) {
    for (const dispatch of Object.values(facts.dispatches)) {
      url = dispatch.url ?? url
      at = Math.max(at ?? 0, dispatch.at)
      detail = dispatch.failure ?? detail
    }
    for (const { candidate, baseline } of Object.values(facts.legs)) {
      url = candidate?.url ?? baseline?.url ?? url
      at = Math.max(at ?? 0, candidate?.observedAt ?? 0, baseline?.observedAt ?? 0)
      if (candidate !== undefined && candidate.outcome !== 'pass') detail = candidate.detail
    }
  }
  return { url, at, detail }
}

import { isDeepStrictEqual } from 'node:util'
import { bucketOf } from '../../../src/cohort/bucket.ts'
import type { CanaryFacts } from '../../../src/gates/evidence.ts'
import { evaluate } from '../../../src/rollout/deciding/evaluate.ts'
import type { RolloutEvent } from '../../../src/rollout/history/event.ts'
import { replay } from '../../../src/rollout/history/evolve.ts'
import { basisPointsOf, isLive, phaseOf, seesCandidate } from '../../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../../src/rollout/history/state.ts'
import { sha256 } from '../builders.ts'
import type { Heart, Step, World } from '../world.ts'

/** What a law says about a finished history: null, or what was broken. */
export type Law = (world: Pick<World, 'steps' | 'rollouts' | 'events'>, heart: Heart) => string | null

/**
 * 1. percent only rises, or drops to 0, or is lowered by a named person with a reason; never past the policy; at most
 * one stage per tick.
 */
export const law1: Law = (world) =>
  first(world.steps, ({ command, before, decision, after }) => {
    if (before === null || after === null || !decision.ok) return null
    const [from, to] = [basisPointsOf(before), basisPointsOf(after)]
    if (to < from && !mayFall(after, decision.events)) return `fell from ${from} to ${to}`
    if (isLive(after) && to > (after.policy.stages[after.stageIndex]?.basisPoints ?? 0))
      return `${to} is past its stage`
    const stages = after.policy?.stages.map(({ basisPoints }) => basisPoints) ?? []
    if (to !== 0 && !stages.includes(to)) return `${to} is no stage`
    const passed = decision.events.filter(
      ({ type }) => type === 'stage-entered' || type === 'completed',
    ).length
    const risen = after.stageIndex - before.stageIndex
    const direct = command.type === 'start'
    if (command.type === 'tick' && (passed > 1 || risen > 1)) return 'a tick passed two stages'
    return passed >= risen || direct ? null : `rose ${risen} stages by ${passed} events`
  })

/** 2. a stage is passed only with every gate passing, or by a named person with a reason, recorded. */
export const law2: Law = (world) =>
  first(world.steps, ({ command, before, decision }) => {
    if (!decision.ok || before === null || !isLive(before)) return null
    const passed = decision.events.filter(({ type }) => type === 'stage-entered' || type === 'completed')
    let state = before
    for (const event of passed) {
      const { answer } = evaluate(state, command.at)
      const outrun = isOutrun(command) && answer === 'wait' && basisPointsOf(before) === 10_000
      if (answer !== 'pass' && !outrun && !byPerson(event)) return `passed a stage on ${answer} by nobody`
      if (event.type === 'stage-entered') {
        if (answer !== 'pass' && !event.forced) return 'a forced stage is not recorded as such'
        state = { ...state, stageIndex: event.index, stageEnteredAt: command.at }
      }
    }
    return null
  })

/** It has ended, or a named person lowered it with a reason, which pauses it. */
function mayFall(after: RolloutState, events: readonly RolloutEvent[]): boolean {
  if (after.end !== null) return true
  const lowered = events.filter(({ type }) => type === 'lowered')
  return lowered.length > 0 && lowered.every(byPerson) && after.pausedSince !== null
}

/** A newer release of the line has completed: what is at 100 % completes with it. */
function isOutrun(command: Step['command']): boolean {
  return command.type === 'tick' && command.surroundings?.standing.kind === 'outrun'
}

function byPerson({ actor, reason }: RolloutEvent): boolean {
  const name = actor.kind === 'person' ? actor.login : actor.kind === 'token' ? actor.as : null
  return name !== null && name.trim() !== '' && reason.trim() !== ''
}

/** 3. an ended rollout never gains exposure. */
export const law3: Law = (world) =>
  first(world.steps, ({ before, after }) => {
    if (before === null || before.end === null || after === null) return null
    if (after.end === null) return `came back to life as ${phaseOf(after)}`
    if (basisPointsOf(after) > basisPointsOf(before)) return `rose to ${basisPointsOf(after)} after its end`
    return visibleKeys(after).some((key) => !visibleKeys(before).includes(key))
      ? 'is seen by more after its end'
      : null
  })

/** 4. roll back > hold > wait > advance. Missing or broken evidence never advances. */
export const law4: Law = (world) =>
  first(world.steps, ({ command, before, decision, after }) => {
    if (command.type !== 'tick' || before === null || !isLive(before) || after === null || !decision.ok)
      return null
    const { answer } = evaluate(before, command.at)
    const raised = after.stageIndex > before.stageIndex || after.end?.kind === 'completed'
    if (answer === 'fail' && after.end?.kind !== 'rolled-back') return 'did not roll back on fail'
    const goesWithNewer = isOutrun(command) && answer === 'wait' && basisPointsOf(before) === 10_000
    if (answer !== 'pass' && raised && !goesWithNewer) return `raised on ${answer}`
    if (answer === 'hold' && after.end === null && !['held', 'paused'].includes(phaseOf(after)))
      return 'is not held on hold'
    if (!raised || goesWithNewer) return null
    if (isUnsearched(before)) return 'raised although nobody looked for blockers'
    const asked = before.policy.stages[before.stageIndex]?.gates.canaries !== undefined
    const silent = Object.values(before.canaries).find((canary) => asked && isSilent(canary, command.at))
    return silent !== undefined ? `raised although ${silent.entry.repo} said nothing` : null
  })

/** The stage asks for blockers, a repository is known, and its open issues were not looked up. */
function isUnsearched({ policy, stageIndex, origin, blockerSearch }: RolloutState): boolean {
  const labels = policy?.stages[stageIndex]?.gates.blockers?.labels ?? []
  return origin !== null && labels.some((label) => !blockerSearch.labels.includes(label))
}

/** A required canary of whose round no try has two usable arms, without a waiver: read from the facts alone. */
function isSilent(canary: CanaryFacts, now: number): boolean {
  const { entry, firstTry, tries } = canary
  if (entry.admission !== 'required' || isExcused(canary, now)) return false
  return !Object.values(tries).some(
    ({ number, legs }) =>
      number >= firstTry &&
      Object.values(legs).some(
        ({ candidate, baseline }) => isAnswer(candidate?.outcome) && isAnswer(baseline?.outcome),
      ),
  )
}

/** Waived, and nothing new was said and no new round begun since: a waiver is of one comparison. */
function isExcused({ waiver, tries, roundStartedAt }: CanaryFacts, now: number): boolean {
  if (waiver === null || now >= waiver.expiresAt || roundStartedAt > waiver.at) return false
  return !Object.values(tries)
    .flatMap(({ legs }) => Object.values(legs).flatMap((arms) => Object.values(arms)))
    .some((answer) => answer.observedAt > waiver.at)
}

/** 6. replay gives the same state; `decide` accepts on it what it accepted before, with the same events. */
export const law6: Law = (world, heart) => {
  const replayed = new Map<string, RolloutState | null>()
  for (const [index, { rollout, command, decision }] of world.steps.entries()) {
    const state = replayed.get(rollout) ?? null
    if (!isDeepStrictEqual(heart.decide(command, state), decision)) {
      return `step ${index}: ${command.type} is decided differently on the replayed state`
    }
    if (!decision.ok) continue
    const stored = decision.events.map((event) => jsonCopy(event))
    replayed.set(
      rollout,
      stored.reduce<RolloutState | null>((before, event) => heart.evolve(rollout, before, event), state),
    )
  }
  const other = [...world.rollouts].find(
    ([id, state]) =>
      !isDeepStrictEqual(replayed.get(id), state) ||
      !isDeepStrictEqual(replay(id, world.events.get(id) ?? []), state),
  )
  return other === undefined ? null : `${other[0]} replays to another state`
}

/** 7. who sees the candidate at p sees it at every p' > p of that rollout; also after it was lowered in between. */
export const law7: Law = (world) => {
  const most = new Map<string, { readonly at: number; readonly keys: readonly string[] }>()
  return first(world.steps, ({ rollout, before, after }) => {
    if (after !== null && isLive(after)) {
      const seen = most.get(rollout)
      const keys = visibleKeys(after)
      const gone =
        seen !== undefined && after.stageIndex >= seen.at && seen.keys.find((key) => !keys.includes(key))
      if (typeof gone === 'string') return `${gone} did not get the candidate back`
      if (seen === undefined || after.stageIndex >= seen.at) most.set(rollout, { at: after.stageIndex, keys })
    }
    if (before === null || after === null || before.startedAt === null) return null
    if (
      basisPointsOf(after) < basisPointsOf(before) ||
      (after.end !== null && after.end.kind !== 'completed')
    )
      return null
    const now = visibleKeys(after)
    const lost = visibleKeys(before).find((key) => !now.includes(key))
    return lost === undefined ? null : `${lost} no longer sees the candidate`
  })
}

const KEYS = [...Array.from({ length: 40 }, (_, number) => `key-${number}`), 'tester-1', 'tester-2', 'late-1']
const visible = new WeakMap<RolloutState, readonly string[]>()

function visibleKeys(state: RolloutState): readonly string[] {
  const known = visible.get(state)
  if (known !== undefined) return known
  const release =
    state.members.find(({ baseline }) => baseline !== null)?.candidate ?? state.members[0]?.candidate ?? ''
  const seen = KEYS.filter((key) => seesCandidate(state, release, key, bucket(state.salt, key)))
  visible.set(state, seen)
  return seen
}

const buckets = new Map<string, number>()
function bucket(salt: string, key: string): number {
  const id = `${salt}/${key}`
  const known = buckets.get(id) ?? bucketOf(sha256, salt, key)
  buckets.set(id, known)
  return known
}

/** 10. one confirmed regression of an admitted, required canary is enough to roll back at the next tick. */
export const law10: Law = (world) =>
  first(world.steps, ({ command, before, after }) => {
    if (command.type !== 'tick' || before === null || !isLive(before) || after === null) return null
    const rule = before.policy.stages[before.stageIndex]?.gates.canaries
    if (rule === undefined || rule.maxRegressions > 0 || !before.policy.rollback.automatic) return null
    const regressed = Object.values(before.canaries).find((canary) =>
      isRegressed(canary, rule.tries, command.at),
    )
    if (regressed === undefined || after.end?.kind === 'rolled-back') return null
    return `${regressed.entry.repo} regressed and it is ${phaseOf(after)}`
  })

/** Every answered try of the round failed with the candidate and passed with the baseline: from the facts alone. */
function isRegressed(canary: CanaryFacts, least: number, now: number): boolean {
  const { entry, firstTry, tries } = canary
  if (entry.admission !== 'required' || isExcused(canary, now)) return false
  const answers = Object.values(tries)
    .filter(({ number }) => number >= firstTry)
    .flatMap(({ legs }) => Object.values(legs))
    .filter(({ candidate, baseline }) => candidate !== undefined && baseline !== undefined)
  const failing = answers.filter(
    ({ candidate, baseline }) => candidate?.outcome === 'fail' && baseline?.outcome === 'pass',
  )
  const judged = answers.filter(
    ({ candidate, baseline }) => isAnswer(candidate?.outcome) && isAnswer(baseline?.outcome),
  )
  return failing.length >= least && failing.length === judged.length
}

function isAnswer(outcome: string | undefined): boolean {
  return outcome === 'pass' || outcome === 'fail'
}

function first(steps: readonly Step[], check: (step: Step) => string | null): string | null {
  for (const [index, step] of steps.entries()) {
    const broken = check(step)
    if (broken !== null) return `step ${index} (${step.command.type} on ${step.rollout}): ${broken}`
  }
  return null
}

function jsonCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}

import { judge } from '../gates/canaries/comparison.ts'
import type { Verdict } from '../gates/verdict.ts'
import { canariesRuleOf, evaluate } from '../rollout/deciding/evaluate.ts'
import { isLive, type LiveRollout } from '../rollout/history/phase.ts'
import { afterActive } from './active-hours.ts'
import { HOUR_MS } from './durations.ts'
import { byMaintainer, bySystem, type Play } from './play-state.ts'
import { logNormal } from './random.ts'

/** How much maintainers differ in how fast they look. */
const RESPONSE_SPREAD = 1

/** So often a canary that cannot be decided is tried anew before it is waived. */
const RETRIES = 2

/** The issue of a false alarm; there is one repository. */
const ISSUE = 'owner/simulated#1'

/** When a maintainer who is told now will look, within their waking hours. */
export function looksAt({ world, people }: Play, now: number): number {
  const busy = logNormal(people, world.assumed.response * HOUR_MS, RESPONSE_SPREAD)
  return Math.round(afterActive(world.maintainer, now, busy))
}

/**
 * A maintainer looks at a rollout: takes a bad one back if there is something to see of it and they recognise it,
 * else sees to what holds it.
 */
export function look(play: Play, at: number): void {
  const attentive = play.people() * 100 < play.world.assumed.attention
  if (attentive && showsItsBug(play)) {
    takeBack(play, at)
    return
  }
  if (!isLive(play.state) || play.state.heldSince === null) return
  const { verdicts } = evaluate(play.state, at)
  const holding = verdicts.filter(({ answer }) => answer === 'hold')
  for (const verdict of holding) seeTo(play, at, verdict)
}

/** Whether a canary that the bug hits has failed with the candidate; a hold for other reasons tells nothing of it. */
function showsItsBug({ state, world }: Play): boolean {
  return world.canaries.some(({ entry, notices }) => {
    const tries = notices ? Object.values(state.canaries[entry.id]?.tries ?? {}) : []
    return tries.some(({ legs }) => legs.default?.candidate?.outcome === 'fail')
  })
}

/** Takes the release back, also after it has reached everybody. */
export function takeBack(play: Play, at: number): void {
  if (play.takenBackAt !== null) return
  if (!byMaintainer(play, at, { type: 'rollBack', installable: true, newerCompleted: null })) return
  play.takenBackBy = 'person'
}

/** Somebody labels an issue as a regression, where the policy listens to such issues. */
export function raiseFalseAlarm(play: Play, at: number): void {
  const labels = labelsOf(play.state)
  if (labels.length > 0) signalBlocker(play, at, labels, true)
}

function seeTo(play: Play, at: number, verdict: Verdict): void {
  switch (verdict.gate) {
    case 'blockers':
      // Closing the issue is done on the forge, not here.
      signalBlocker(play, at, labelsOf(play.state), false)
      play.actions += 1
      return
    case 'approval':
      byMaintainer(play, at, { type: 'approve' })
      return
    case 'canaries':
      if (verdict.subjects.length === 0) pass(play, at)
      for (const canary of verdict.subjects) seeToCanary(play, at, canary)
      return
    default:
      pass(play, at)
  }
}

function seeToCanary(play: Play, at: number, canary: string): void {
  const retries = play.retries.get(canary) ?? 0
  play.retries.set(canary, retries + 1)
  if (retries < RETRIES && isWorthATry(play.state, canary, at)) {
    byMaintainer(play, at, { type: 'retryCanary', canary })
    return
  }
  // What is decided cannot be waived: a harness that is red with every version.
  if (!byMaintainer(play, at, { type: 'waive', canary })) pass(play, at)
}

/** A lockfile or cap that keeps the candidate out does so again. */
function isWorthATry(state: Play['state'], id: string, at: number): boolean {
  const rule = isLive(state) ? canariesRuleOf(state.policy, state.stageIndex) : null
  const canary = state.canaries[id]
  if (rule === null || canary === undefined) return false
  return judge(canary, state.members, rule, at).kind !== 'not-exercised'
}

function pass(play: Play, at: number): void {
  byMaintainer(play, at, { type: 'advance', to: null, files: [] })
}

function signalBlocker(play: Play, at: number, labels: readonly string[], open: boolean): void {
  const blocker = { issue: ISSUE, title: 'Broken since the update', labels, open, observedAt: at }
  bySystem(play, at, { type: 'recordSignal', signal: { kind: 'blocker', blocker } })
}

function labelsOf(state: Play['state']): readonly string[] {
  if (!isLive(state)) return []
  return (state as LiveRollout).policy.stages[state.stageIndex]?.gates.blockers?.labels ?? []
}

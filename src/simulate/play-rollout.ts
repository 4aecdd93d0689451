import type { Sha256 } from '../cohort/bucket.ts'
import { judge } from '../gates/canaries/comparison.ts'
import { canariesRuleOf, evaluate } from '../rollout/deciding/evaluate.ts'
import { effectsWanted } from '../rollout/effects/effects-wanted.ts'
import { basisPointsOf, isLive } from '../rollout/history/phase.ts'
import { runCanary } from './canary-run.ts'
import { DAY_MS, MINUTE_MS } from './durations.ts'
import type { Happening } from './happenings.ts'
import { look, looksAt, raiseFalseAlarm, takeBack } from './maintainer.ts'
import { LOT_MS, runLot } from './natural-runs.ts'
import { beginPlay, bySystem, type Play, showingOf, type Treatment } from './play-state.ts'
import { firstInstall, type Showing } from './population.ts'
import { HORIZON_MS, type World } from './world.ts'

/** How often the engine ticks by itself. */
const TICK_MS = MINUTE_MS

/** A rollout that nothing is known to move is looked at as often as this. */
const IDLE_TICK_MS = DAY_MS

/** How a release went under a policy. Times in ms. */
export interface Played {
  readonly showing: Showing
  /** When everybody was offered the candidate, cool-downs of clients included; null: never. */
  readonly offeredToAllAt: number | null
  readonly takenBackBy: 'evidence' | 'person' | null
  /** Commands that a maintainer gave. */
  readonly actions: number
}

/**
 * Plays one release through the heart: its commands, its gates, its ticks. Only what is outside of it (runs of
 * canaries, users, people) is made up, from the world's own luck.
 */
export function playRollout(world: World, treatment: Treatment, sha256: Sha256): Played {
  const play = beginPlay(world, treatment, sha256)
  const horizon = world.releasedAt + HORIZON_MS
  if (world.falseAlarmAt !== null) play.agenda.add({ at: world.falseAlarmAt, kind: 'false-alarm' })
  if (play.repositories.length > 0) play.agenda.add({ at: world.releasedAt + LOT_MS, kind: 'runs' })
  settle(play, world.releasedAt)
  for (;;) {
    const next = play.agenda.take()
    if (next === null || next.at > horizon || play.takenBackAt !== null) break
    if (next.kind === 'tick' && next.at !== play.nextTickAt) continue
    happen(play, next)
    settle(play, next.at)
  }
  return {
    showing: showingOf(play),
    offeredToAllAt: offeredToAllAt(play),
    takenBackBy: play.takenBackBy,
    actions: play.actions,
  }
}

function happen(play: Play, happening: Happening): void {
  const { at } = happening
  switch (happening.kind) {
    case 'tick':
      play.nextTickAt = null
      return
    case 'answer':
      answer(play, happening)
      return
    case 'runs':
      countRuns(play, at)
      return
    case 'report':
      if (happening.recognised) play.agenda.add({ at: looksAt(play, at), kind: 'take-back' })
      return
    case 'false-alarm':
      raiseFalseAlarm(play, at)
      return
    case 'look':
      play.lookAt = null
      look(play, at)
      return
    case 'take-back':
      takeBack(play, at)
  }
}

/** Lets the engine tick as it does after everything that is recorded, then sees what follows. */
function settle(play: Play, at: number): void {
  if (isLive(play.state)) bySystem(play, at, { type: 'tick', freeze: null, files: [] })
  noteSteps(play, at)
  if (!isLive(play.state)) return
  dispatch(play, at)
  if (play.state.heldSince !== null) askToLook(play, at)
  planTick(play, at)
}

/** Notes what users are shown now, and plans the reports of those whom a new step breaks. */
function noteSteps(play: Play, at: number): void {
  const { state, steps, world } = play
  const basisPoints = basisPointsOf(state)
  const before = steps.at(-1)?.basisPoints ?? 0
  if (state.end !== null && state.end.kind !== 'completed') {
    play.takenBackAt = at
    play.takenBackBy ??= state.end.kind === 'rolled-back' ? 'evidence' : null
    return
  }
  if (basisPoints <= before) return
  steps.push({ at, basisPoints })
  if (!world.bad) return
  const showing = showingOf(play)
  for (const user of world.users) {
    if (user.report === null || user.bucket < before || user.bucket >= basisPoints) continue
    const { afterMs, recognised } = user.report
    play.agenda.add({ at: Math.round(firstInstall(user, showing) + afterMs), kind: 'report', recognised })
  }
}

function dispatch(play: Play, at: number): void {
  for (const effect of effectsWanted(play.state, at, noHash)) {
    if (effect.kind !== 'dispatch') continue
    const truth = play.world.canaries[Number(effect.canary) - 1]
    if (truth === undefined) throw new Error(`no canary ${effect.canary} in the world`)
    const started = { arm: effect.arm, at, runId: effect.try, url: null, failure: null }
    const signal = { kind: 'dispatched', canary: effect.canary, try: effect.try, dispatch: started } as const
    bySystem(play, at, { type: 'recordSignal', signal })
    const { answersAt } = runCanary(play.world, truth, effect.try, at)
    play.agenda.add({ at: answersAt, kind: 'answer', canary: Number(effect.canary), try: effect.try })
    // A run that takes too long is given up then; the gate must be asked.
    if (answersAt > at + truth.entry.timeoutMs) tickAt(play, at + truth.entry.timeoutMs)
  }
}

function answer(play: Play, happening: Extract<Happening, { kind: 'answer' }>): void {
  const { state, world } = play
  const id = String(happening.canary)
  const truth = world.canaries[happening.canary - 1]
  const started = state.canaries[id]?.tries[happening.try]?.dispatches.both
  if (!isLive(state) || truth === undefined || started === undefined) return
  const { results } = runCanary(world, truth, happening.try, started.at)
  for (const arm of ['candidate', 'baseline'] as const) {
    const fact = { canary: id, try: happening.try, leg: 'default', arm, result: results[arm] }
    bySystem(play, happening.at, { type: 'recordResult', fact })
  }
  if (truth.entry.admission === 'advisory') tellOfAdvisory(play, id, happening.at)
}

function countRuns(play: Play, at: number): void {
  const { state, world, repositories } = play
  if (!isLive(state)) return
  for (const fact of runLot(world, repositories, basisPointsOf(state), at)) {
    bySystem(play, at, { type: 'recordExposure', fact })
  }
  play.agenda.add({ at: at + LOT_MS, kind: 'runs' })
}

/** An advisory canary stops nothing, but its regression stands in the issue, where a maintainer may see it. */
function tellOfAdvisory(play: Play, id: string, at: number): void {
  const { state, noticed } = play
  const canary = state.canaries[id]
  const rule = isLive(state) ? canariesRuleOf(state.policy, state.stageIndex) : null
  if (rule === null || canary === undefined || noticed.has(id)) return
  if (judge(canary, state.members, rule, at).kind !== 'regressed') return
  noticed.add(id)
  askToLook(play, at)
}

function askToLook(play: Play, at: number): void {
  if (play.lookAt !== null) return
  play.lookAt = looksAt(play, at)
  play.agenda.add({ at: play.lookAt, kind: 'look' })
}

/** The next tick that can change anything: when a gate said it would look again, else once in a while. */
function planTick(play: Play, at: number): void {
  if (!isLive(play.state)) return
  const { answer, verdicts } = evaluate(play.state, at)
  const times = verdicts.flatMap(({ until }) => (until !== null && until > at ? [until] : []))
  if (answer === 'pass') times.push(at + TICK_MS)
  tickAt(play, Math.min(at + IDLE_TICK_MS, ...times.map((until) => nextTick(play, until))))
}

/** The engine's first tick at or after a moment; it ticks once a minute from the release on. */
function nextTick({ world }: Play, until: number): number {
  return world.releasedAt + Math.ceil((until - world.releasedAt) / TICK_MS) * TICK_MS
}

function tickAt(play: Play, at: number): void {
  if (play.nextTickAt !== null && play.nextTickAt <= at) return
  play.nextTickAt = at
  play.agenda.add({ at, kind: 'tick' })
}

function offeredToAllAt({ steps, takenBackAt, fixedCooldownMs, world }: Play): number | null {
  const last = steps.find(({ basisPoints }) => basisPoints === 10_000)
  if (last === undefined) return null
  const at = Math.max(last.at, world.releasedAt + fixedCooldownMs)
  return takenBackAt !== null && takenBackAt <= at ? null : at
}

/** Without a repository to tell, no effect has a digest. */
function noHash(): string {
  throw new Error('a simulated rollout tells nobody')
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CommandBody } from '../../../src/rollout/deciding/command.ts'
import { evaluate } from '../../../src/rollout/deciding/evaluate.ts'
import type { EventBody } from '../../../src/rollout/history/event.ts'
import { isLive, type LiveRollout, phaseOf } from '../../../src/rollout/history/phase.ts'
import type { Phase } from '../../../src/rollout/history/state.ts'
import type { World } from '../world.ts'
import { moves, play } from './histories.ts'

// Laws that hold over histories in which nothing happens prove nothing: this is what the histories must hold.

/** Families of other indexes have histories of their own (`families.test.ts`). */
const COMMANDS: Readonly<Record<Exclude<CommandBody['type'], 'board'>, true>> = {
  reserve: true,
  start: true,
  join: true,
  absorb: true,
  seal: true,
  recordResult: true,
  recordSignal: true,
  recordExposure: true,
  tick: true,
  approve: true,
  advance: true,
  lower: true,
  pause: true,
  resume: true,
  rollBack: true,
  waive: true,
  hold: true,
  retryCanary: true,
  bisectCanary: true,
  rebase: true,
  abandon: true,
  block: true,
  unblock: true,
  urgent: true,
  catchUp: true,
  dismiss: true,
}

/** Every end is a phase. */
const PHASES: Readonly<Record<Phase, true>> = {
  staged: true,
  rolling: true,
  held: true,
  paused: true,
  completed: true,
  'rolled-back': true,
  superseded: true,
  abandoned: true,
}

const SPECIAL = [
  'train',
  'restart',
  'completed after a ladder',
  'automatic rollback',
  'forced stage',
  'shared salt',
  'overtaken',
  'lead-regained',
  'search awaited',
]

const runs = Number(process.env.LAWS_RUNS ?? 300)
const seed = Number(process.env.LAWS_SEED ?? Math.floor(Math.random() * 2 ** 31))

describe(`${runs} histories of the law tests (LAWS_SEED=${seed})`, () => {
  const worlds = fc.sample(moves, { seed, numRuns: runs }).map((history) => play(history))

  it('accept at least half of their commands', () => {
    console.log(`spread: LAWS_SEED=${seed}`)
    const steps = worlds.flatMap((world) => world.steps)
    const accepted = steps.filter(({ decision }) => decision.ok)
    expect(accepted.length / steps.length).toBeGreaterThan(0.5)
    expect(steps.length / runs).toBeGreaterThan(40)
  })

  it('show every command, phase, end, train, supersede and restart in at least 3 % of them', () => {
    const shares = new Map<string, number>()
    for (const world of worlds) {
      for (const sight of new Set(sights(world))) shares.set(sight, (shares.get(sight) ?? 0) + 1 / runs)
    }
    const wanted = [...Object.keys(COMMANDS), ...Object.keys(PHASES), ...SPECIAL]
    // Only reservations that turn out to be of one train are taken in by another.
    const least = (sight: string) => (sight === 'absorb' ? 0.003 : 0.03)
    const rare = wanted.filter((sight) => (shares.get(sight) ?? 0) < least(sight))
    expect(rare).toEqual([])
  })

  it('refuse some plans and accept most', () => {
    const [accepted, refused] = [sum(worlds, 'accepted'), sum(worlds, 'refused')]
    expect(refused).toBeGreaterThan(runs / 10)
    expect(accepted).toBeGreaterThan(refused)
  })
})

/** Accepted commands that did something or were ticks, phases reached, and what else must be seen. */
function sights(world: World): readonly string[] {
  const seen: string[] = []
  for (const { command, decision, after } of world.steps) {
    if (!decision.ok) continue
    if (decision.events.length > 0) seen.push(command.type)
    if (after !== null) seen.push(phaseOf(after))
    if (command.type === 'tick' && after !== null && isLive(after) && awaitsSearch(after, command.at)) {
      seen.push('search awaited')
    }
    for (const event of decision.events) seen.push(...special(event, world))
    if (command.type === 'start' && after !== null && after.members.length > 1) seen.push('train')
  }
  return seen
}

/** Only the look for blockers is missing. */
function awaitsSearch(state: LiveRollout, now: number): boolean {
  const waiting = evaluate(state, now).verdicts.filter(({ answer }) => answer !== 'pass')
  return waiting.length === 1 && waiting[0]?.gate === 'blockers' && waiting[0].answer === 'wait'
}

function special(event: EventBody, world: World): readonly string[] {
  if (event.type === 'completed' && !event.direct) return ['completed after a ladder']
  if (event.type === 'rolled-back' && event.automatic) return ['automatic rollback']
  if (event.type === 'stage-entered' && event.forced) return ['forced stage']
  if (event.type === 'reserved' && event.restartOf !== null) return ['restart']
  if (event.type === 'overtaken' || event.type === 'lead-regained') return [event.type]
  if (event.type !== 'started') return []
  return world.states.filter(({ salt, startedAt }) => startedAt !== null && salt === event.salt).length > 1
    ? ['shared salt']
    : []
}

function sum(worlds: readonly World[], which: keyof World['plans']): number {
  return worlds.reduce((total, { plans }) => total + plans[which], 0)
}

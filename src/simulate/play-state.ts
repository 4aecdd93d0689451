import type { Sha256 } from '../cohort/bucket.ts'
import type { Policy } from '../gates/policy.ts'
import type { CommandBody } from '../rollout/deciding/command.ts'
import { decide } from '../rollout/deciding/decide.ts'
import type { Actor } from '../rollout/history/actor.ts'
import { evolve } from '../rollout/history/evolve.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import { BASELINE, CANDIDATE } from './canary-run.ts'
import type { Agenda } from './happenings.ts'
import { createAgenda } from './happenings.ts'
import { asksForRuns, drawRepositories, type Repository } from './natural-runs.ts'
import type { Showing } from './population.ts'
import type { Random } from './random.ts'
import { randomOfPeople, type World } from './world.ts'

const ROLLOUT = 'ro-simulatedrollout'

const SYSTEM: Actor = { kind: 'system' }
const MAINTAINER: Actor = { kind: 'person', login: 'maintainer', permission: 'admin' }

/** Ladder and cool-down under which a world's release is tried. */
export interface Treatment {
  readonly policy: Policy
  /** Every client but the early ones hides versions younger than this; 0: as the clients are. */
  readonly fixedCooldownMs: number
}

/** What somebody does to a bad release, and how often people were needed. Changes while a rollout is played. */
export interface Play {
  readonly world: World
  readonly policy: Policy
  readonly fixedCooldownMs: number
  readonly agenda: Agenda
  /** Empty where the policy does not ask for ordinary runs. */
  readonly repositories: readonly Repository[]
  /** Luck of the maintainers: how long they take and what they see. */
  readonly people: Random
  state: RolloutState
  steps: { at: number; basisPoints: number }[]
  takenBackAt: number | null
  takenBackBy: 'evidence' | 'person' | null
  /** Commands that a maintainer gave. */
  actions: number
  nextTickAt: number | null
  lookAt: number | null
  /** How often each canary was retried. */
  readonly retries: Map<string, number>
  /** Advisory canaries whose regression somebody was told of. */
  readonly noticed: Set<string>
}

/** Begins a rollout of the world's release under a policy. */
export function beginPlay(world: World, { policy: given, fixedCooldownMs }: Treatment, sha256: Sha256): Play {
  const policy = withoutOutsiders(given)
  const at = world.releasedAt
  const reserve = {
    type: 'reserve',
    id: ROLLOUT,
    releases: [CANDIDATE],
    train: null,
    salt: world.salt,
    policy: null,
    policySource: null,
    restartOf: null,
  } as const
  const reserved = decide({ ...reserve, at, actor: SYSTEM, reason: '' }, null)
  if (!reserved.ok) throw new Error(reserved.refusal.message)
  let state: RolloutState | null = null
  for (const event of reserved.events) state = evolve(ROLLOUT, state, event)
  if (state === null) throw new Error('a reserved rollout has a state')
  const play: Play = {
    world,
    policy,
    fixedCooldownMs,
    agenda: createAgenda(),
    repositories: asksForRuns(policy) ? drawRepositories(world, sha256) : [],
    people: randomOfPeople(world),
    state,
    steps: [],
    takenBackAt: null,
    takenBackBy: null,
    actions: 0,
    nextTickAt: null,
    lookAt: null,
    retries: new Map(),
    noticed: new Set(),
  }
  bySystem(play, at, {
    type: 'start',
    members: [{ candidate: CANDIDATE, baseline: BASELINE }],
    policy,
    policySource: { kind: 'default', detail: 'simulated' },
    roster: world.canaries.map(({ entry }) => entry),
    origin: null,
    salt: world.salt,
    saltDrawnAt: at,
    files: [],
    freeze: null,
  })
  return play
}

/**
 * What the release's own checks, advisories and a server of the maintainer's would say is not made up: they pass,
 * as for every bad release that gets this far.
 */
function withoutOutsiders(policy: Policy): Policy {
  const stages = policy.stages.map((stage) => {
    const { checks: _, advisories: __, http: ___, ...gates } = stage.gates
    return { ...stage, gates }
  })
  return { ...policy, stages }
}

/** A command of the engine's; what it records must be accepted, or the simulator is wrong. */
export function bySystem(play: Play, at: number, command: CommandBody): void {
  const refusal = carryOut(play, at, SYSTEM, command)
  if (refusal !== null) throw new Error(`the simulator asked for what the heart refuses: ${refusal}`)
}

/** A command of a maintainer's: counted as an action when it is carried out. Tells whether it was. */
export function byMaintainer(play: Play, at: number, command: CommandBody): boolean {
  if (carryOut(play, at, MAINTAINER, command) !== null) return false
  play.actions += 1
  return true
}

function carryOut(play: Play, at: number, actor: Actor, command: CommandBody): string | null {
  const decision = decide({ ...command, at, actor, reason: 'looked at it' }, play.state)
  if (!decision.ok) return decision.refusal.message
  for (const event of decision.events) play.state = evolve(ROLLOUT, play.state, event)
  return null
}

/** What users were shown so far. */
export function showingOf(play: Play): Showing {
  const { world, steps, takenBackAt, fixedCooldownMs } = play
  return { releasedAt: world.releasedAt, steps, takenBackAt, fixedCooldownMs }
}

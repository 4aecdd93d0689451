import type { Policy, StreamRule } from '../../src/gates/policy.ts'
import type { Command, CommandBody } from '../../src/rollout/deciding/command.ts'
import { decide } from '../../src/rollout/deciding/decide.ts'
import type { Decision } from '../../src/rollout/deciding/decision.ts'
import { freezeOf } from '../../src/rollout/deciding/freeze.ts'
import type { Actor } from '../../src/rollout/history/actor.ts'
import type { RolloutEvent, RolloutId } from '../../src/rollout/history/event.ts'
import { evolve } from '../../src/rollout/history/evolve.ts'
import { isLive } from '../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import { movesOthers } from '../../src/rollout/siblings/moves-others.ts'
import { rebasedMembers } from '../../src/rollout/siblings/rebased-members.ts'
import { reachedByOlder, standingOf } from '../../src/rollout/siblings/standing.ts'
import { alone, type Surroundings } from '../../src/rollout/siblings/surroundings.ts'
import type { KnownVersion } from '../../src/rollout/starting/known-versions.ts'
import { packagesIn } from '../../src/rollout/starting/line-history.ts'
import { planStart } from '../../src/rollout/starting/plan-start.ts'
import { planUpload } from '../../src/rollout/starting/plan-upload.ts'
import type { Departure } from '../../src/rollout/trains/departure.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../src/versions/release.ts'
import { canary, NOON, source, system } from './builders.ts'

/** The two functions under test; broken ones are put in their place to see that the laws notice. */
export interface Heart {
  readonly decide: typeof decide
  readonly evolve: typeof evolve
}

export const heart: Heart = { decide, evolve }

/** One command with everything around it: what laws are checked on. */
export interface Step {
  readonly rollout: RolloutId
  readonly command: Command
  readonly before: RolloutState | null
  readonly decision: Decision
  readonly after: RolloutState | null
}

export interface Who {
  readonly actor: Actor
  readonly reason: string
}

const SYSTEM: Who = { actor: system, reason: '' }

/**
 * A small model of everything around the heart: an index with versions, a clock, and many rollouts that are
 * driven through `planUpload`, `planStart`, `decide` and `evolve` as the engine does it.
 */
export class World {
  now = NOON
  readonly rollouts = new Map<RolloutId, RolloutState>()
  readonly events = new Map<RolloutId, RolloutEvent[]>()
  readonly versions: Record<PackageId, KnownVersion[]> = {}
  readonly policies: Record<PackageId, Policy> = {}
  readonly steps: Step[] = []
  /** Plans that were asked for, and how many were refused. */
  readonly plans = { accepted: 0, refused: 0 }
  /** The stream of a release, as its owner's file would say. */
  streamOf: (release: ReleaseId) => StreamRule | undefined = () => undefined
  private drawn = 0
  private telling = false
  private readonly heart: Heart
  private readonly policyOf: (id: PackageId) => Policy

  constructor(policyOf: (id: PackageId) => Policy, under: Heart = heart) {
    this.policyOf = policyOf
    this.heart = under
  }

  get states(): readonly RolloutState[] {
    return [...this.rollouts.values()]
  }

  get live(): readonly RolloutState[] {
    return this.states.filter(isLive)
  }

  /** Rollouts that have a member of this package, newest first: what `Engine.rolloutsOf` gives. */
  rolloutsOf(id: PackageId): readonly RolloutState[] {
    return this.states
      .filter((state) => state.members.some(({ candidate }) => packageIdOf(candidate) === id))
      .reverse()
  }

  /** One command on one rollout; refusals change nothing. */
  command(rollout: RolloutId, body: CommandBody, who: Who = SYSTEM): Decision {
    const before = this.rollouts.get(rollout) ?? null
    const command: Command = { ...body, ...who, at: this.now }
    const decision = this.heart.decide(command, before)
    let after = before
    if (decision.ok) {
      for (const event of decision.events) {
        after = this.heart.evolve(rollout, after, event)
        this.events.set(rollout, [...(this.events.get(rollout) ?? []), event])
      }
      if (after !== null) this.rollouts.set(rollout, after)
    }
    this.steps.push({ rollout, command, before, decision, after })
    if (decision.ok && !this.telling) this.tellSiblings(rollout, decision.events)
    return decision
  }

  /** What the engine does after each move: the others of its packages get other baselines, and are ticked. */
  private tellSiblings(rollout: RolloutId, events: readonly RolloutEvent[]): void {
    if (!movesOthers(events)) return
    const moved = packagesIn((this.rollouts.get(rollout)?.members ?? []).map(({ candidate }) => candidate))
    this.telling = true
    for (const state of this.live) {
      const own = packagesIn(state.members.map(({ candidate }) => candidate))
      if (state.id === rollout || !own.some((id) => moved.includes(id))) continue
      this.rebase(state.id)
      this.tick(state.id)
    }
    this.telling = false
  }

  /** Its publisher yanks a release, or takes that back; who is compared with it gets another baseline. */
  withdraw(release: ReleaseId): void {
    const id = packageIdOf(release)
    this.versions[id] = (this.versions[id] ?? []).map((known) =>
      `${id}@${known.version}` === release ? { ...known, withdrawn: !known.withdrawn } : known,
    )
    for (const state of this.live) this.rebase(state.id)
  }

  /** Other baselines where the recorded ones are gone. */
  rebase(rollout: RolloutId): void {
    const state = this.rollouts.get(rollout)
    if (state === undefined || !isLive(state)) return
    const members = rebasedMembers(state, this.states, this.versions)
    if (members !== null) this.command(rollout, { type: 'rebase', members })
  }

  tick(rollout: RolloutId): Decision {
    const state = this.rollouts.get(rollout)
    const policy = state?.policy ?? null
    const freezes = (state?.members ?? []).map(({ candidate }) =>
      policy === null ? null : freezeOf(this.states, packageIdOf(candidate), policy, this.now),
    )
    const freeze = freezes.find((found) => found !== null) ?? null
    const surroundings = state === undefined ? alone : this.around(state)
    return this.command(rollout, { type: 'tick', freeze, surroundings, files: this.filesOf(rollout) })
  }

  around(state: RolloutState): Surroundings {
    return { standing: standingOf(state, this.states), reached: reachedByOlder(state, this.states) }
  }

  filesOf(rollout: RolloutId) {
    return (this.rollouts.get(rollout)?.members ?? []).map(({ candidate }) => ({
      release: candidate,
      name: `${candidate}.tgz`,
      sha256: 'ab'.repeat(32),
    }))
  }

  /** The upload of a release's only file: reserved when it must be hidden, started where that is at once. */
  upload(release: ReleaseId, who: Who = SYSTEM): RolloutId | null {
    const id = packageIdOf(release)
    const file = { name: `${release}.tgz`, sha256: 'ab'.repeat(32) }
    const staged = this.streamOf(release)?.direct === false
    const plan = planUpload({ release, file, world: this.states, staged })
    this.count(plan.kind !== 'refused')
    if (plan.kind === 'refused') return null
    const rollout =
      plan.kind === 'direct'
        ? null
        : plan.kind === 'existing'
          ? plan.rollout
          : plan.kind === 'join'
            ? this.joinBuild(plan.rollout, release, who)
            : this.reserve([release], null, who)
    const version = release.slice(release.lastIndexOf('@') + 1)
    const known = { version, installable: true, withdrawn: false, released: false }
    const others = (this.versions[id] ?? []).filter((other) => other.version !== version)
    this.versions[id] = [...others, known]
    // The first release of a package waits for nothing that this model has.
    const isFirst = this.states.every(({ id: other, members }) =>
      other === rollout ? true : members.every(({ candidate }) => packageIdOf(candidate) !== id),
    )
    if (isFirst && plan.kind === 'reserve') this.start([release], who)
    return rollout
  }

  private joinBuild(rollout: RolloutId, release: ReleaseId, who: Who): RolloutId | null {
    const joined = this.command(rollout, { type: 'join', candidate: release }, who)
    return joined.ok ? rollout : null
  }

  reserve(releases: readonly ReleaseId[], train: string | null, who: Who = SYSTEM): RolloutId | null {
    const id = this.drawId()
    const salt = `salt-${this.drawn}`
    const decision = this.command(
      id,
      { type: 'reserve', id, releases, train, salt, policy: null, policySource: null, restartOf: null },
      who,
    )
    return decision.ok ? id : null
  }

  /** Plans a start and carries it out. */
  start(
    releases: readonly ReleaseId[],
    who: Who = SYSTEM,
    restart = false,
    departure?: Departure,
  ): RolloutId | null {
    const policies = releases.map((release) => this.policyOfRelease(release))
    const { now, versions, states: world } = this
    const asked = { releases, policies, world, versions, restart, ...who, now, salt: `fresh-${this.drawn}` }
    const planned = planStart({ ...asked, ...(departure && { departure }) })
    this.count(planned.ok)
    if (!planned.ok || planned.plan.kind === 'running') return null
    const { plan } = planned
    const id = plan.rollout ?? this.drawId()
    if (plan.rollout === null) {
      const all = plan.members.map(({ candidate }) => candidate)
      const { salt } = plan
      const reserve = { type: 'reserve', id, releases: all, train: null, salt, policy: null } as const
      this.command(id, { ...reserve, policySource: null, restartOf: plan.restartOf }, who)
    }
    for (const release of plan.join) {
      this.command(id, { type: 'join', candidate: release }, who)
    }
    this.command(
      id,
      {
        type: 'start',
        members: plan.members,
        leftOut: plan.leftOut,
        policy: plan.policy,
        policySource: source,
        roster: ROSTER,
        origin: releases[0]?.startsWith('npm:beta') === true ? null : ORIGIN,
        salt: plan.salt,
        saltDrawnAt: plan.saltDrawnAt,
        files: this.filesOf(id),
        freeze: null,
      },
      who,
    )
    for (const other of departure?.absorbs ?? []) this.command(other, { type: 'absorb', by: id })
    // Checks mostly are green before a release is published.
    if (this.drawn % 3 !== 0) {
      const check = { name: 'ci', state: 'success', url: null, observedAt: this.now } as const
      this.command(id, { type: 'recordSignal', signal: { kind: 'check', check } })
    }
    // The look for open issues mostly answers at once; where it does not, only a signal of the history can.
    if (this.drawn % 2 !== 0) {
      this.command(id, {
        type: 'recordSignal',
        signal: { kind: 'blockers-searched', labels: ['regression'], at: 0 },
      })
    }
    return id
  }

  policyOfRelease(release: ReleaseId): Policy {
    const stream = this.streamOf(release)
    return { ...this.policyFor(packageIdOf(release)), ...(stream && { stream }) }
  }

  /** The policy of a package; chosen once. */
  policyFor(id: PackageId): Policy {
    const known = this.policies[id] ?? this.policyOf(id)
    this.policies[id] = known
    return known
  }

  private count(accepted: boolean): void {
    if (accepted) this.plans.accepted += 1
    else this.plans.refused += 1
  }

  private drawId(): RolloutId {
    this.drawn += 1
    const digits = [...this.drawn.toString(26)].map(
      (digit) => 'abcdefghijklmnopqrstuvwxyz'[Number.parseInt(digit, 26)],
    )
    return `ro-${digits.join('').padStart(16, 'a')}`
  }
}

const ORIGIN = {
  repositoryId: '1',
  repository: 'acme/lib',
  commit: 'abc123',
  tag: null,
  installationId: 5,
}

/** Two required canaries, an advisory one, and one that nobody admitted. */
export const ROSTER = [
  canary({ id: '101', repo: 'acme/app' }),
  canary({ id: '102', repo: 'acme/site', arms: 'apart' }),
  canary({ id: '103', repo: 'other/tool', admission: 'advisory', mode: 'pull' }),
  canary({ id: '104', repo: 'nobody/asked', admission: 'none', weight: 0 }),
]

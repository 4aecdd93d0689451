import { isDeepStrictEqual } from 'node:util'
import type { PackageRecord } from '../../src/catalog/package-record.ts'
import { exposuresOf } from '../../src/catalog/views/exposure.ts'
import { latestVersion, listedVersions } from '../../src/catalog/views/latest-version.ts'
import { packageViews, viewDelta, visibilityOf } from '../../src/catalog/views/package-views.ts'
import type { View } from '../../src/catalog/views/view.ts'
import type { Command, CommandBody } from '../../src/rollout/deciding/command.ts'
import { evaluate } from '../../src/rollout/deciding/evaluate.ts'
import { verifyChain } from '../../src/rollout/history/chain.ts'
import type { RecordedEvent, RolloutEvent, RolloutId } from '../../src/rollout/history/event.ts'
import { evolve, replay } from '../../src/rollout/history/evolve.ts'
import { isLive, phaseOf } from '../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import { standingOf } from '../../src/rollout/siblings/standing.ts'
import { alone } from '../../src/rollout/siblings/surroundings.ts'
import { sha256Hex, system } from '../rollout/builders.ts'
import {
  bucket,
  type Change,
  type ExposureLaw,
  neverLowered,
  onlyByItsOwn,
  type Shown,
  shownOf,
} from '../rollout/laws/exposure-laws.ts'
import { type Law, law1, law2, law3, law4, law7 } from '../rollout/laws/laws.ts'
import { heart, type Step } from '../rollout/world.ts'
import { doneTwice, untold } from './judge-github.ts'
import type { Appended, SimWorld } from './sim-world.ts'

const laws: Readonly<Record<string, Law>> = { law1, law2, law3, law4, law7 }
const exposureLaws: Readonly<Record<string, ExposureLaw>> = { law12: onlyByItsOwn, law13: neverLowered }

/** Follows everything that is stored and says what is wrong, if anything is. */
export class Judge {
  private readonly states = new Map<RolloutId, RolloutState>()
  private readonly events = new Map<RolloutId, RecordedEvent[]>()
  private readonly world: SimWorld
  /** What people were shown at the last look, and what was stored since. */
  private shown: Shown | null = null
  private since: Change['events'] = []
  private readonly sights = new Set<string>()
  /** Releases that are withdrawn at the last look. */
  private withdrawn: ReadonlySet<string> = new Set()

  constructor(world: SimWorld) {
    this.world = world
  }

  /** After every step: the laws over what was stored since, and what must hold at every moment. */
  look(): string | null {
    const steps = this.world.appended.splice(0).flatMap((appended) => this.stepsOf(appended))
    this.since = [
      ...this.since,
      ...steps.flatMap(({ rollout, decision }) =>
        decision.ok ? decision.events.map(({ type }) => ({ rollout, type })) : [],
      ),
    ]
    const rollouts = this.states
    for (const [name, law] of Object.entries(laws)) {
      const broken = law({ steps, rollouts, events: this.events }, heart)
      if (broken !== null) return `${name}: ${broken}`
    }
    return doneTwice(this.world) ?? this.commandsOnce() ?? this.sameInMemory() ?? this.undecided()
  }

  /** When everything is delivered and nothing is under way: what is left over, untold or untrue. */
  lastLook(): string | null {
    return this.unanswered() ?? this.stuck() ?? untold(this.world, this.states.values())
  }

  /** What happened so far, by kind of event. */
  seen(): readonly string[] {
    const all = [...this.events.values()].flat()
    const isRestart = all.some((event) => event.type === 'reserved' && event.restartOf !== null)
    return [...new Set(all.map(({ type }) => type)), ...(isRestart ? ['restart'] : []), ...this.sights]
  }

  /** The steps that an append was made of: what was asked for, then the tick behind it. */
  private stepsOf({ streams }: Appended): Step[] {
    return streams.flatMap(({ stream, events }) => {
      // A first release is complete with its start.
      const starts = events.some(({ type }) => type === 'started')
      const ticked = starts ? -1 : events.findIndex((event, index) => index > 0 && isTicked(event))
      const parts = ticked < 0 ? [events] : [events.slice(0, ticked), events.slice(ticked)]
      return parts.map((part) => this.stepOf(stream, part))
    })
  }

  private stepOf(stream: RolloutId, events: readonly RecordedEvent[]): Step {
    const before = this.states.get(stream) ?? null
    let after = before
    for (const event of events) after = evolve(stream, after, event)
    if (after !== null) this.states.set(stream, after)
    this.events.set(stream, [...(this.events.get(stream) ?? []), ...events])
    const [first] = events
    const starts = events.some(({ type }) => type === 'started')
    const standing = before === null ? alone.standing : standingOf(before, [...this.states.values()])
    const tick = { type: 'tick', freeze: null, files: [], surroundings: { ...alone, standing } } as const
    const ticked = !starts && first !== undefined && isTicked(first)
    // Which command it was matters to the laws only as far as these two differ.
    const body: CommandBody = ticked ? tick : { type: 'pause' }
    const command: Command = { ...body, actor: system, reason: '', at: first?.at ?? 0 }
    return { rollout: stream, command, before, decision: { ok: true, events }, after }
  }

  /** However often a comment is delivered, what it asks for is done once. */
  private commandsOnce(): string | null {
    const seen = new Set<string>()
    for (const [id, events] of this.events) {
      for (const event of events) {
        const tag = /\(comment \d+\)$/.exec(event.reason)?.[0]
        if (tag === undefined) continue
        // One advance may pass several stages.
        const key = `${tag} ${event.type} ${event.type === 'stage-entered' ? event.index : ''}`
        if (seen.has(key)) return `${key} was done twice, at last in ${id}`
        seen.add(key)
      }
    }
    return null
  }

  /** Law 6: memory is what the stored history says, and the history is whole. */
  private sameInMemory(): string | null {
    const { server } = this.world
    if (server === null || server.life.dead) return null
    for (const [id, events] of this.events) {
      const told = server.engine.find(id)
      if (told === null) return `${id} is stored and not known`
      if (told.version !== events.length) return `${id} is at ${told.version}, stored are ${events.length}`
      if (!isDeepStrictEqual(told, this.states.get(id))) return `${id} is not what its history says`
    }
    return null
  }

  /** Law 10, and the first half of law 4: what fails is taken back by the very tick that sees it. */
  private undecided(): string | null {
    const { clock, lastTurnWhole } = this.world
    if (!lastTurnWhole) return null
    for (const state of this.states.values()) {
      if (isLive(state) && evaluate(state, clock.now()).answer === 'fail')
        return `${state.id} fails and is ${phaseOf(state)} after a tick`
    }
    return null
  }

  /**
   * Laws 8 and 9: every view answers every exact pin that is not blocked, and shows a version of a package that
   * completed one which its publisher did not withdraw. A first release whose begin was refused by a full disk is not there yet.
   */
  async index(): Promise<string | null> {
    const { packageId, stores } = this.world
    const pkg = await stores.packages.get(packageId)
    if (pkg === null) return null
    const rollouts = [...this.states.values()].reverse()
    this.withdrawn = new Set(
      Object.values(pkg.versions).flatMap(({ version, withdrawn }) =>
        withdrawn === null ? [] : [`${packageId}@${version}`],
      ),
    )
    const changed = this.changed(shownOf(pkg, exposuresOf(packageId, rollouts)), rollouts)
    if (changed !== null) return changed
    const views = packageViews(pkg, exposuresOf(packageId, rollouts))
    const blocked = new Set(rollouts.flatMap((state) => state.blocked))
    const hasCompleted = rollouts.some(
      ({ members, transitions }) =>
        transitions.some(({ type }) => type === 'completed') &&
        members.some(({ candidate }) => !blocked.has(candidate) && !isYanked(pkg, candidate)),
    )
    for (const view of viewsOf(rollouts)) {
      const seen = visibilityOf(views, viewDelta(views, view, bucket))
      const listed = new Set(listedVersions(pkg, seen).map(({ version }) => version))
      const missing = Object.keys(pkg.versions).find(
        (version) => listed.has(version) === blocked.has(`${packageId}@${version}`),
      )
      if (missing !== undefined) return `law8: ${JSON.stringify(view)} does not answer ${missing}`
      const latest = latestVersion(pkg, seen)
      if (hasCompleted && (latest === null || seen.hidden.has(latest.version)))
        return `law9: ${JSON.stringify(view)} shows nothing`
    }
    return null
  }

  /** Laws 12 and 13: what people are shown now beside what they were shown at the last look. */
  private changed(after: Shown, rollouts: readonly RolloutState[]): string | null {
    const { shown: before, since: events, world } = this
    if (rollouts.filter(isLive).length > 1) this.sights.add('several live')
    if (world.withdrew) this.sights.add('withdrawn')
    const change = { after, events, withdrawn: world.withdrew, rolloutsOf: () => rollouts }
    this.shown = after
    this.since = []
    world.withdrew = false
    if (before === null) return null
    for (const [name, law] of Object.entries(exposureLaws)) {
      const broken = law({ ...change, before })
      if (broken !== null) return `${name}: ${broken}`
    }
    return null
  }

  /** Whole histories; asked once for each seed, because it hashes all of them. */
  brokenChain(): string | null {
    for (const [id, events] of this.events) {
      const whole = verifyChain(sha256Hex, events)
      if (!whole.ok) return `${id}: ${whole.message}`
      if (!isDeepStrictEqual(replay(id, events), this.states.get(id))) return `${id} replays to another state`
    }
    return null
  }

  private unanswered(): string | null {
    const silent = [...this.world.accepted].find((id) => !this.world.github.reactions.has(id))
    return silent === undefined ? null : `comment ${silent} was taken in and never answered`
  }

  /** Every rollout has ended, or waits for something that it names. */
  private stuck(): string | null {
    const { server, clock } = this.world
    for (const state of this.states.values()) {
      if (state.end !== null) continue
      if (!isLive(state)) {
        // What its publisher took back before does not begin, and that is said.
        if (state.members.some(({ candidate }) => this.withdrawn.has(candidate))) continue
        return `${state.id} never began`
      }
      const { answer, verdicts } = evaluate(state, clock.now())
      const named = verdicts.some((one) => one.answer === answer && one.sentence !== '')
      if (answer === 'fail') return `${state.id} fails and was not rolled back`
      if (answer === 'pass' && state.pausedSince === null) return `${state.id} could go on and does not`
      if (!named || server?.engine.explain(state).next.sentence === '') return `${state.id} waits for nothing`
    }
    return null
  }
}

function viewsOf(rollouts: readonly RolloutState[]): readonly View[] {
  const arms = rollouts.flatMap(({ id }) =>
    (['candidate', 'baseline'] as const).map((arm): View => ({ kind: 'arm', rollout: id, arm, nonce: null })),
  )
  const cohorts = ['one', 'two', 'three'].map((key): View => ({ kind: 'cohort', key }))
  return [{ kind: 'stable' }, { kind: 'candidate' }, ...cohorts, ...arms]
}

/** Installers of PyPI pass over it; npm's only warn. */
function isYanked({ id, versions }: PackageRecord, release: string): boolean {
  return id.startsWith('pypi:') && versions[release.slice(id.length + 1)]?.withdrawn !== null
}

const tickedTypes: ReadonlySet<RolloutEvent['type']> = new Set([
  'sealed',
  'held',
  'released',
  'stage-entered',
  'completed',
  'rolled-back',
  'abandoned',
])

/** What a tick decides by itself. */
function isTicked(event: RolloutEvent): boolean {
  return event.actor.kind === 'system' && tickedTypes.has(event.type)
}

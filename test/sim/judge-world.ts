import { isDeepStrictEqual } from 'node:util'
import { exposuresOf } from '../../src/catalog/views/exposure.ts'
import { latestVersion, listedVersions } from '../../src/catalog/views/latest-version.ts'
import { packageViews, viewDelta, visibilityOf } from '../../src/catalog/views/package-views.ts'
import type { View } from '../../src/catalog/views/view.ts'
import { bucketOf } from '../../src/cohort/bucket.ts'
import { issueLabels, issueState } from '../../src/github/words/messages.ts'
import type { Command, CommandBody } from '../../src/rollout/deciding/command.ts'
import { evaluate } from '../../src/rollout/deciding/evaluate.ts'
import { deploymentState } from '../../src/rollout/effects/deployment-state.ts'
import { verifyChain } from '../../src/rollout/history/chain.ts'
import type { RecordedEvent, RolloutEvent, RolloutId } from '../../src/rollout/history/event.ts'
import { evolve, replay } from '../../src/rollout/history/evolve.ts'
import { isLive, phaseOf } from '../../src/rollout/history/phase.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'
import { standingOf } from '../../src/rollout/siblings/standing.ts'
import { alone } from '../../src/rollout/siblings/surroundings.ts'
import { sha256, sha256Hex, system } from '../rollout/builders.ts'
import { type Law, law1, law2, law3, law4, law7 } from '../rollout/laws/laws.ts'
import { heart, type Step } from '../rollout/world.ts'
import { owner, packageId } from './scene.ts'
import type { Appended, SimWorld } from './sim-world.ts'

const laws: Readonly<Record<string, Law>> = { law1, law2, law3, law4, law7 }

/** Follows everything that is stored and says what is wrong, if anything is. */
export class Judge {
  private readonly states = new Map<RolloutId, RolloutState>()
  private readonly events = new Map<RolloutId, RecordedEvent[]>()
  private readonly world: SimWorld

  constructor(world: SimWorld) {
    this.world = world
  }

  /** After every step: the laws over what was stored since, and what must hold at every moment. */
  look(): string | null {
    const steps = this.world.appended.splice(0).flatMap((appended) => this.stepsOf(appended))
    const rollouts = this.states
    for (const [name, law] of Object.entries(laws)) {
      const broken = law({ steps, rollouts, events: this.events }, heart)
      if (broken !== null) return `${name}: ${broken}`
    }
    return this.onceEach() ?? this.commandsOnce() ?? this.sameInMemory() ?? this.undecided()
  }

  /** When everything is delivered and nothing is under way: what is left over, untold or untrue. */
  lastLook(): string | null {
    return this.unanswered() ?? this.stuck() ?? this.untold()
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

  /** One issue for a rollout, one comment for a transition, one run for a try, one check, one deployment. */
  private onceEach(): string | null {
    const { github } = this.world
    const seen = new Set<string>()
    const markers = [...github.repositories.values()].flatMap(({ issues }) =>
      [...issues.values()].flatMap(({ body, byBot, comments }) => [
        ...(byBot ? markersOf(body) : []),
        ...[...comments.values()].flatMap((comment) => (comment.byBot ? markersOf(comment.body) : [])),
      ]),
    )
    const runs = [...github.runs.values()].map(({ title }) => `run ${title}`)
    const keys = [...github.checkRuns, ...github.deployments].map(({ key }) => key)
    for (const one of [...markers, ...runs, ...keys]) {
      if (seen.has(one)) return `twice on GitHub: ${one}`
      seen.add(one)
    }
    return null
  }

  /** However often a comment is delivered, what it asks for is done once. */
  private commandsOnce(): string | null {
    const seen = new Set<string>()
    for (const [id, events] of this.events) {
      for (const { type, reason } of events) {
        const tag = /\(comment \d+\)$/.exec(reason)?.[0]
        if (tag === undefined) continue
        const key = `${tag} ${type}`
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
   * completed one. A first release whose begin was refused by a full disk is not there yet.
   */
  async index(): Promise<string | null> {
    const pkg = await this.world.stores.packages.get(packageId)
    if (pkg === null) return null
    const rollouts = [...this.states.values()].reverse()
    const views = packageViews(pkg, exposuresOf(packageId, rollouts))
    const blocked = new Set(rollouts.flatMap((state) => state.blocked))
    const hasCompleted = rollouts.some(
      ({ members, transitions }) =>
        transitions.some(({ type }) => type === 'completed') &&
        members.some(({ candidate }) => !blocked.has(candidate)),
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
      if (!isLive(state)) return `${state.id} never began`
      const { answer, verdicts } = evaluate(state, clock.now())
      const named = verdicts.some((one) => one.answer === answer && one.sentence !== '')
      if (answer === 'fail') return `${state.id} fails and was not rolled back`
      if (answer === 'pass' && state.pausedSince === null) return `${state.id} could go on and does not`
      if (!named || server?.engine.explain(state).next.sentence === '') return `${state.id} waits for nothing`
    }
    return null
  }

  /** What GitHub shows is what is so. */
  private untold(): string | null {
    const { server, github } = this.world
    const issues = [...(github.repositories.get(owner)?.issues.values() ?? [])]
    for (const state of this.states.values()) {
      if (state.startedAt === null || state.origin === null || state.end?.direct === true) continue
      const issue = issues.find(({ body }) => body.includes(`slipway:begin ${state.id}`))
      if (issue === undefined || server === null) return `${state.id} (${phaseOf(state)}) has no issue`
      const explanation = server.engine.explain(state)
      const shown = { labels: issue.labels, state: issue.state }
      const wanted = { labels: issueLabels(explanation), state: issueState(explanation) }
      if (!isDeepStrictEqual(shown, wanted))
        return `${state.id}: the issue shows ${JSON.stringify(shown)}, it is ${JSON.stringify(wanted)}`
      const said = [...issue.comments.values()].filter(({ body }) => body.includes('/transition-comment/'))
      const told = state.transitions.filter(({ type }) => type !== 'started').length
      if (said.length !== told) return `${state.id}: ${said.length} of ${told} transitions were told`
      const wrong = this.wrongDeployment(state)
      if (wrong !== null) return wrong
    }
    return null
  }

  private wrongDeployment(state: RolloutState): string | null {
    for (const stage of state.policy?.stages.keys() ?? []) {
      const wanted = state.origin?.commit === null ? null : deploymentState(state, stage)
      const key = `${state.id}/deployment/${stage}/0`
      const shown = this.world.github.deployments.find((one) => one.key === key)?.state ?? null
      if (shown !== wanted) return `${key} shows ${shown}, it is ${wanted}`
    }
    return null
  }
}

const bucket = (salt: string, key: string) => bucketOf(sha256, salt, key)

function viewsOf(rollouts: readonly RolloutState[]): readonly View[] {
  const arms = rollouts.flatMap(({ id }) =>
    (['candidate', 'baseline'] as const).map((arm): View => ({ kind: 'arm', rollout: id, arm, nonce: null })),
  )
  const cohorts = ['one', 'two', 'three'].map((key): View => ({ kind: 'cohort', key }))
  return [{ kind: 'stable' }, { kind: 'candidate' }, ...cohorts, ...arms]
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

/** The hidden words by which Slipway finds again what it wrote. */
function markersOf(body: string): readonly string[] {
  return body.match(/<!-- slipway:(?:begin|comment|notice|answer) [^>]*-->/g) ?? []
}

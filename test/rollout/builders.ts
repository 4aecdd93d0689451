import { createHash } from 'node:crypto'
import { defaultPace } from '../../src/config/policy/profiles.ts'
import type { ArmResult, Outcome, RosterEntry } from '../../src/gates/evidence.ts'
import type { ExposureFact } from '../../src/gates/exposure-fact.ts'
import type { Policy, PolicySource, Stage } from '../../src/gates/policy.ts'
import type { Command, CommandBody } from '../../src/rollout/deciding/command.ts'
import { decide } from '../../src/rollout/deciding/decide.ts'
import type { Decision } from '../../src/rollout/deciding/decision.ts'
import type { Actor } from '../../src/rollout/history/actor.ts'
import type { Member, ResultFact, RolloutEvent } from '../../src/rollout/history/event.ts'
import { evolve } from '../../src/rollout/history/evolve.ts'
import type { RolloutState } from '../../src/rollout/history/state.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** 2026-11-20 12:00 UTC. */
export const NOON = 1_795_176_000_000

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')
export const sha256 = (text: string): Uint8Array => createHash('sha256').update(text).digest()

export const system: Actor = { kind: 'system' }
export const writer: Actor = { kind: 'person', login: 'wanda', permission: 'write' }
export const maintainer: Actor = { kind: 'person', login: 'mia', permission: 'maintain' }
export const stranger: Actor = { kind: 'person', login: 'sam', permission: 'read' }
export const publisher: Actor = {
  kind: 'token',
  id: 'ci',
  name: 'ci',
  owner: 'ops',
  as: null,
  scopes: ['publish'],
}
export const operator: Actor = {
  kind: 'token',
  id: 'ops',
  name: 'ops',
  owner: 'ops',
  as: null,
  scopes: ['operate'],
}
export const namedOperator: Actor = {
  kind: 'token',
  id: 'ops',
  name: 'ops',
  owner: 'ops',
  as: 'olga',
  scopes: ['operate'],
}

export const ID = 'ro-aaaaaaaaaaaaaaaa'
export const CANDIDATE = 'npm:demo-lib@1.1.0'
export const BASELINE = 'npm:demo-lib@1.0.0'
export const source: PolicySource = { kind: 'default', detail: 'test' }

export function stage(change: Partial<Stage> = {}): Stage {
  return { name: 'stage', basisPoints: 0, bakeMs: HOUR, groups: [], gates: {}, ...change }
}

/** 0, 5, 25, 100 % with a bake of an hour each, canaries and blockers at each stage. */
export function policy(change: Partial<Policy> = {}): Policy {
  const gates = { canaries: canariesRule(), blockers: { labels: ['regression'] } }
  return {
    profile: 'custom',
    stages: [
      stage({ name: 'canaries', gates }),
      stage({ name: 'early', basisPoints: 500, gates }),
      stage({ name: 'quarter', basisPoints: 2500, gates }),
      stage({ name: 'all', basisPoints: 10_000, gates }),
    ],
    pace: defaultPace,
    canaries: [],
    rollback: { automatic: true, freezeAfter: null },
    groups: {},
    tags: [],
    abandonAfterMs: null,
    notify: { pullRequests: true, trackingIssue: true, dependents: true },
    ...change,
  }
}

export function canariesRule(change = {}) {
  return {
    maxRegressions: 0,
    minCoverage: 80,
    minCanaries: 0,
    timeoutMs: 6 * HOUR,
    tries: 3,
    onNewlyFlaky: 'hold' as const,
    ...change,
  }
}

export function canary(change: Partial<RosterEntry> = {}): RosterEntry {
  return {
    id: '101',
    repo: 'acme/app',
    private: false,
    mode: 'dispatch',
    workflow: 'ci.yml',
    ref: 'main',
    arms: 'together',
    admission: 'required',
    weight: 1,
    timeoutMs: 30 * MINUTE,
    ...change,
  }
}

export function armResult(outcome: Outcome, change: Partial<ArmResult> = {}): ArmResult {
  return {
    outcome,
    installed: [CANDIDATE],
    commit: 'c0ffee',
    runId: 7,
    runAttempt: 1,
    url: 'https://github.test/acme/app/actions/runs/7',
    detail: outcome === 'pass' ? '' : 'the log',
    observedAt: NOON + MINUTE,
    ...change,
  }
}

/** Ordinary runs of one repository at one percent. */
export function counts(change: Partial<ExposureFact> = {}): ExposureFact {
  const none = { cluster: 'k', arm: 'candidate', basisPoints: 500, drawn: true, failures: 0 } as const
  return { ...none, runs: 1, since: NOON, ...change }
}

/** Both arms of one try, as two facts. */
export function pair(
  candidate: Outcome,
  baseline: Outcome,
  change: Partial<ResultFact> = {},
): readonly ResultFact[] {
  const place = { canary: '101', try: 1, leg: 'default', ...change }
  return [
    { ...place, arm: 'candidate', result: armResult(candidate, { installed: [CANDIDATE] }) },
    { ...place, arm: 'baseline', result: armResult(baseline, { installed: [BASELINE] }) },
  ]
}

export const member: Member = { candidate: CANDIDATE, baseline: BASELINE }

export const reserveBody = {
  type: 'reserve',
  id: ID,
  releases: [CANDIDATE],
  train: null,
  salt: 'salt',
  policy: null,
  policySource: null,
  restartOf: null,
} as const satisfies CommandBody

export const startBody = {
  type: 'start',
  members: [member],
  policy: policy(),
  policySource: source,
  roster: [canary()],
  origin: {
    repositoryId: '1',
    repository: 'acme/demo-lib',
    commit: 'abc123',
    tag: 'v1.1.0',
    installationId: 5,
  },
  salt: 'salt',
  saltDrawnAt: NOON,
  files: [],
  freeze: null,
} as const satisfies CommandBody

export const tickBody = { type: 'tick', freeze: null, files: [] } as const satisfies CommandBody

/** A tick that hears that another rollout overtakes this one, or has completed before it. */
export function tickBeside(kind: 'overtaken' | 'outrun', by = 'ro-bbbbbbbbbbbbbbbb') {
  return { ...tickBody, surroundings: { standing: { kind, by }, reached: 0 } } satisfies CommandBody
}

/** A rollout driven by commands, with a clock of its own; refusals throw unless asked for. */
export class Story {
  state: RolloutState | null = null
  readonly events: RolloutEvent[] = []
  now = NOON

  /** Decides and, when accepted, evolves. */
  attempt(body: CommandBody, actor: Actor = system, reason = ''): Decision {
    const command: Command = { ...body, at: this.now, actor, reason }
    const decision = decide(command, this.state)
    if (!decision.ok) return decision
    for (const event of decision.events) {
      this.state = evolve(ID, this.state, event)
      this.events.push(event)
    }
    return decision
  }

  /** Must be accepted; gives the types of the events. */
  run(body: CommandBody, actor: Actor = system, reason = ''): readonly string[] {
    const decision = this.attempt(body, actor, reason)
    if (!decision.ok) throw new Error(decision.refusal.message)
    return decision.events.map(({ type }) => type)
  }

  /** Must be refused; gives the message. */
  refused(body: CommandBody, actor: Actor = system, reason = ''): string {
    const decision = this.attempt(body, actor, reason)
    if (decision.ok) throw new Error(`${body.type} was accepted`)
    return decision.refusal.message
  }

  results(...facts: readonly ResultFact[]): this {
    for (const fact of facts) this.run({ type: 'recordResult', fact })
    return this
  }

  tick(afterMs = 0): readonly string[] {
    this.now += afterMs
    return this.run(tickBody)
  }

  get live(): RolloutState {
    if (this.state === null) throw new Error('nothing is reserved')
    return this.state
  }
}

/** A story whose rollout has started, with what differs from the defaults. */
export function startedStory(change: Partial<Extract<CommandBody, { type: 'start' }>> = {}): Story {
  const story = new Story()
  const start = { ...startBody, ...change }
  story.run({ ...reserveBody, releases: start.members.map(({ candidate }) => candidate) })
  story.run(start)
  if (start.origin !== null && start.members.some(({ baseline }) => baseline !== null)) {
    story.run({ type: 'recordSignal', signal: { kind: 'blockers-searched', labels: ['regression'], at: 0 } })
  }
  return story
}

/** Completed after its whole ladder. */
export function completedStory(): Story {
  const story = startedStory().results(...pair('pass', 'pass'))
  for (let stages = 0; stages < 4; stages += 1) story.tick(HOUR)
  return story
}

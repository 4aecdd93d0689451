import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PolicySource } from '../../gates/policy.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import type { Explanation } from '../../rollout/explaining/explanation.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { parseReleaseId, purlOf } from '../../versions/release.ts'
import type { ServerParts } from '../server-parts.ts'
import type { MeasuredShare } from '../views/share-meter.ts'

/** What the API says about a rollout (docs/protocols.md). Times are integer ms since the epoch. */
export interface RolloutAnswer {
  readonly id: string
  readonly releases: readonly {
    readonly id: string
    readonly purl: string
    /** The version rolling out. */
    readonly candidate: string
    /** The version that others get meanwhile; null for a first release and before it begins. */
    readonly baseline: string | null
  }[]
  readonly train: string | null
  /** The stream of its releases; absent for packages without streams, and before it begins. */
  readonly stream?: string
  readonly phase: Explanation['phase']
  readonly percent: number
  readonly stage: {
    readonly index: number
    readonly name: string
    readonly percent: number
    readonly enteredAt: number | null
    readonly bakeUntil: number | null
  } | null
  readonly startedAt: number | null
  readonly restartOf: string | null
  /** Where the policy came from; null before one is known. */
  readonly policySource: PolicySource | null
  readonly explanation: Explanation
}

/** The answer about one rollout, with where people talk about it. */
export interface OneRolloutAnswer extends RolloutAnswer {
  /** Beside the stated percent; null where nobody asked. */
  readonly measured: MeasuredShare | null
  /** Address of the tracking issue, once there is one. */
  readonly trackingIssue: string | null
  /** Why it could not begin when it was last tried; null once it has. */
  readonly startProblem:
    | (Refusal & {
        readonly at: number
        /** When it is tried again by itself. */
        readonly retryAt: number | null
      })
    | null
}

/** The answer of every route that shows or changes one rollout. */
export async function oneRolloutAnswer(
  { engine, effects, measured }: Pick<ServerParts<RolloutReader>, 'engine' | 'effects' | 'measured'>,
  state: RolloutState,
): Promise<OneRolloutAnswer> {
  const [issue] = await effects.list(`${state.id}/tracking-issue/`)
  const url = issue?.place.url
  const trackingIssue = typeof url === 'string' ? url : null
  const problem = engine.startProblem(state.id)
  const startProblem =
    problem === null ? null : { ...problem.refusal, at: problem.at, retryAt: problem.retryAt }
  return {
    ...rolloutAnswer(state, engine.explain(state)),
    trackingIssue,
    startProblem,
    measured: measured?.(state.id) ?? null,
  }
}

/** What lists say about a rollout. */
export function rolloutAnswer(state: RolloutState, explanation: Explanation): RolloutAnswer {
  const current = explanation.stages[state.stageIndex]
  return {
    id: state.id,
    releases: state.members.map((member) => {
      const release = parseReleaseId(member.candidate)
      return {
        id: member.candidate,
        purl: release.ok ? purlOf(release.value) : '',
        candidate: versionOf(member.candidate),
        baseline: member.baseline === null ? null : versionOf(member.baseline),
      }
    }),
    train: state.train,
    ...(state.policy?.stream && { stream: state.policy.stream.name }),
    phase: explanation.phase,
    percent: explanation.percent,
    stage: current
      ? {
          index: current.index,
          name: current.name,
          percent: current.percent,
          enteredAt: current.enteredAt,
          bakeUntil: current.bakeUntil,
        }
      : null,
    startedAt: state.startedAt,
    restartOf: state.restartOf,
    policySource: state.policySource,
    explanation,
  }
}

function versionOf(release: string): string {
  return release.slice(release.lastIndexOf('@') + 1)
}

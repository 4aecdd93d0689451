import type {
  PaceRule,
  PackagePolicy,
  Policy,
  ProfileLadder,
  ProfileName,
  Stage,
  StageGates,
  WindowRule,
} from '../../gates/policy.ts'
import type { ChangeKind } from '../../versions/change-kind.ts'
import type { Problem } from '../../versions/problem.ts'
import { problemOf } from '../reading/fault.ts'
import { checkSettings } from '../reading/read-settings.ts'
import { checkPolicyEntry } from './check-policy.ts'
import type { PolicyRequest, ReleaseEntry, StageEntry } from './file-schema.ts'
import { policyRequestSchema } from './file-schema.ts'
import {
  defaultGates,
  defaultPace,
  defaultRollback,
  profileStages,
  profileWindow,
  stageName,
  underWindow,
} from './profiles.ts'
import { bakeOf, mergeGates, windowRule } from './resolve-gates.ts'
import { urgentLadder } from './urgent-ladder.ts'

/**
 * The policy of one release entry with every default filled in. Members of groups are still as written
 * (`owner/name` or cohort keys); `resolveGroups` turns them into keys before the policy is stored.
 */
export function resolvePolicy(entry: ReleaseEntry): PackagePolicy {
  return { package: entry.package, train: entry.train ?? null, policy: policyOf(entry) }
}

/**
 * Reads `policy` of `POST /api/v1/rollouts`: the shape of a release entry without `package`. All problems
 * at once; their fields begin with `policy`.
 */
export function policyFromRequest(
  json: unknown,
):
  | { readonly ok: true; readonly policy: Policy; readonly train: string | null }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const checked = checkSettings(json, policyRequestSchema, (value) => checkPolicyEntry(value, []))
  if (checked.ok) {
    return { ok: true, policy: policyOf(checked.value), train: checked.value.train ?? null }
  }
  const problems = checked.faults.map((fault) => problemOf({ ...fault, path: ['policy', ...fault.path] }))
  return { ok: false, problems }
}

/**
 * The policy with each group's members as cohort keys. `keyOf` gives the key of a repository (`owner/name`)
 * or null when it has none; such members are left out and named, so that nobody is exposed by guess.
 */
export function resolveGroups(
  policy: Policy,
  keyOf: (repository: string) => string | null,
): { readonly policy: Policy; readonly unresolved: readonly string[] } {
  const unresolved: string[] = []
  const groups = Object.entries(policy.groups).map(([name, members]) => {
    const keys = members.flatMap((member) => {
      const key = member.includes('/') ? keyOf(member) : member
      if (key === null) unresolved.push(member)
      return key === null ? [] : [key]
    })
    return [name, [...new Set(keys)]] as const
  })
  return { policy: { ...policy, groups: Object.fromEntries(groups) }, unresolved: [...new Set(unresolved)] }
}

/** Every `owner/name` that stands in a group of the policy, once. */
export function groupRepositories(policy: Policy): readonly string[] {
  const members = Object.values(policy.groups).flat()
  return [...new Set(members.filter((member) => member.includes('/')))]
}

/**
 * The policy of an entry in the shape that files and requests share, defaults filled in. `pace`: what holds where
 * the entry says nothing of how releases stand to each other.
 */
export function policyOf(entry: PolicyRequest, pace: PaceRule = defaultPace): Policy {
  const { profile, ...rest } = entry
  if (typeof profile !== 'object') return policyOfOne({ ...rest, profile }, pace)
  const ofKind = (kind: ChangeKind) => policyOfOne({ ...rest, profile: profile[kind] }, pace)
  const ladderOf = (kind: ChangeKind): ProfileLadder => {
    return { profile: profile[kind] ?? 'standard', stages: ofKind(kind).stages }
  }
  const byChange = { major: ladderOf('major'), minor: ladderOf('minor'), patch: ladderOf('patch') }
  return { ...ofKind('minor'), byChange }
}

/** A policy with one ladder for all kinds of change. */
type PlainRequest = Omit<PolicyRequest, 'profile'> & { readonly profile?: ProfileName | undefined }

function policyOfOne(entry: PlainRequest, pace: PaceRule): Policy {
  const gates = gatesOf(entry)
  const usual = stagesOf(entry, gates)
  const stages = underWindow(usual, windowOf(entry))
  return {
    profile: entry.stages === undefined ? (entry.profile ?? 'standard') : 'custom',
    stages,
    ...(entry.urgent && { urgent: urgentLadder(entry.urgent, usual, gates) }),
    pace: paceOf(entry, pace),
    canaries: (entry.canaries ?? []).map((rule) => ({
      // One of the two is there: `checkPolicyEntry` sees to it.
      repo: rule.repo ?? rule.key ?? '',
      required: rule.required ?? false,
      weight: rule.weight ?? 1,
    })),
    rollback: {
      automatic: entry.rollback?.automatic ?? defaultRollback.automatic,
      freezeAfter:
        entry.rollback?.freezeAfter === undefined ? defaultRollback.freezeAfter : entry.rollback.freezeAfter,
    },
    groups: entry.groups ?? {},
    tags: entry.tags ?? [],
    abandonAfterMs: entry.abandonAfter ?? null,
    notify: {
      pullRequests: entry.notify?.pullRequests ?? true,
      trackingIssue: entry.notify?.trackingIssue ?? true,
      dependents: entry.notify?.dependents ?? true,
    },
  }
}

function paceOf(entry: PlainRequest, otherwise: PaceRule): PaceRule {
  return {
    line: entry.line ?? otherwise.line,
    onNewer: entry.onNewer ?? otherwise.onNewer,
    catchUpMs: entry.catchUp === undefined ? otherwise.catchUpMs : entry.catchUp,
    waitForFilesMs: entry.waitForFiles ?? otherwise.waitForFilesMs,
    trainSettleMs: entry.trainSettle ?? otherwise.trainSettleMs,
    floors: entry.floors ?? otherwise.floors,
  }
}

/** That of the profile where neither a ladder, gates nor a window are named; `always` is none. */
function windowOf({ window, profile = 'standard', stages, gates }: PlainRequest): WindowRule | null {
  if (window !== undefined) return window === 'always' ? null : windowRule(window)
  return stages === undefined && gates === undefined ? profileWindow(profile) : null
}

/** A present `gates` replaces the profile's, also for an own ladder; `{}` leaves the bake only. */
function gatesOf(entry: PlainRequest): StageGates {
  return entry.gates === undefined ? defaultGates : mergeGates({}, entry.gates)
}

function stagesOf(entry: PlainRequest, gates: StageGates): readonly Stage[] {
  if (entry.stages === undefined) return profileStages(entry.profile ?? 'standard', gates)
  return entry.stages.map((stage) => stageOf(stage, gates))
}

function stageOf(stage: StageEntry, gates: StageGates): Stage {
  return {
    name: stage.name ?? stageName(stage.percent),
    basisPoints: stage.percent,
    ...bakeOf(stage.bake),
    groups: stage.groups ?? [],
    gates: mergeGates(gates, stage.gates ?? {}),
  }
}

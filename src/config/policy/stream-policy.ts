import { namesRepository } from '../../gates/canaries/admission.ts'
import type {
  AdmissionRule,
  PackagePolicy,
  Policy,
  ProfileLadder,
  Stage,
  StreamRule,
} from '../../gates/policy.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { VersionScheme } from '../../versions/version-scheme.ts'
import type { ReleaseEntry } from './file-schema.ts'
import { resolvePolicy } from './resolve-policy.ts'
import type { StreamEntry } from './streams-schema.ts'

type Named = readonly [name: string, stream: StreamEntry]

/**
 * The policy of one version: that of the release entry, changed by the stream that has the version. Without a
 * stream the policy has no `stream`; such a pre-release is not rolled out. `version` is in normal form.
 */
export function streamPolicy(entry: ReleaseEntry, version: string): PackagePolicy {
  const streams = Object.entries(entry.streams ?? {})
  const scheme = schemeOf(entry.package.startsWith('npm:') ? 'npm' : 'pypi')
  const place = placeOf(streams, scheme, version)
  const own = streams[place]
  if (own === undefined) return resolvePolicy(entry)
  const base = streams.find(([name]) => name === own[1].of)?.[1] ?? {}
  // Maintenance releases go by the rules of the stream they maintain, where they have none of their own.
  const { profile = base.profile, required = base.required } = own[1]
  const { stages: _, ...rest } = entry
  const resolved = resolvePolicy(profile === undefined ? entry : { ...rest, profile })
  const upTo = streams.slice(0, place + 1)
  const stream = ruleOf(own, upTo, profile === undefined)
  const checked = withChecks(resolved.policy, checksOf(own, upTo))
  const canaries = required === undefined ? checked.canaries : requiredOnly(checked.canaries, required)
  return { ...resolved, policy: { ...checked, canaries, stream } }
}

/** The index of the stream that has a version; -1 when none does. */
function placeOf(streams: readonly Named[], scheme: VersionScheme, version: string): number {
  const label = scheme.preReleaseLabel(version)
  if (label !== null) {
    return streams.findIndex(
      ([, { match }]) => match?.kind === 'prerelease' && scheme.normalizeLabel(match.label) === label,
    )
  }
  const final = streams.findIndex(([, { match }]) => match?.kind === 'final')
  const name = streams[final]?.[0]
  const maintenance = streams.findIndex(([, stream]) => name !== undefined && stream.of === name)
  return maintenance >= 0 && isMaintenance(scheme.finalOf(version)) ? maintenance : final
}

/** `3.9.1` maintains `3.9.0`. */
function isMaintenance(final: string): boolean {
  const [, , third = '0'] = final.split('.')
  return Number(third) > 0
}

function ruleOf([name, stream]: Named, upTo: readonly Named[], bare: boolean): StreamRule {
  const { match, after } = stream
  const channels = upTo.flatMap(([, { channel }]) => (channel === undefined ? [] : [channel]))
  return {
    name,
    kind: match?.kind ?? 'final',
    upTo: upTo.map(([other]) => other),
    channels: [...new Set(channels)],
    direct: match?.kind === 'prerelease' && bare,
    pauseDuring: stream.pauseDuring ?? null,
    after: after === undefined ? null : { stream: after.stream, minMs: (after.min ?? 0) * dayMs },
  }
}

const dayMs = 24 * 60 * 60_000

/** What was frozen with the first pre-release of the counted stream must hold for the final; promises hold for good. */
function checksOf([, own]: Named, upTo: readonly Named[]): readonly string[] {
  const isFinal = own.match?.kind === 'final'
  const frozen = upTo.flatMap(([, stream]) =>
    stream === own || (isFinal && stream.count !== undefined) ? (stream.freeze ?? []) : [],
  )
  return [...new Set([...frozen, ...upTo.flatMap(([, { promises = [] }]) => promises)])]
}

function withChecks(policy: Policy, names: readonly string[]): Policy {
  if (names.length === 0) return policy
  const checked = (stage: Stage): Stage => {
    const required = [...new Set([...(stage.gates.checks?.required ?? []), ...names])]
    return { ...stage, gates: { ...stage.gates, checks: { required } } }
  }
  const { urgent, byChange } = policy
  const laddered = (ladder: ProfileLadder) => ({ ...ladder, stages: ladder.stages.map(checked) })
  return {
    ...policy,
    stages: policy.stages.map(checked),
    ...(urgent && { urgent: laddered(urgent) }),
    ...(byChange && {
      byChange: {
        major: laddered(byChange.major),
        minor: laddered(byChange.minor),
        patch: laddered(byChange.patch),
      },
    }),
  }
}

/** Named repositories are required, with the weight they have; all other rules are advisory. */
function requiredOnly(rules: readonly AdmissionRule[], required: readonly string[]): AdmissionRule[] {
  const named = required.map((repo) => {
    const rule = rules.find((one) => namesRepository(one.repo, repo))
    return { repo, required: true, weight: rule?.weight ?? 1 }
  })
  const others = rules.filter(({ repo }) => !required.some((one) => namesRepository(one, repo)))
  return [...named, ...others.map((rule) => ({ ...rule, required: false }))]
}

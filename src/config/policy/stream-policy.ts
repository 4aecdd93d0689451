import { isInLine } from '../../calendar/lay-out-series.ts'
import { namesRepository } from '../../gates/canaries/admission.ts'
import type {
  AdmissionRule,
  PackagePolicy,
  Policy,
  ProfileLadder,
  Stage,
  StageGates,
  StreamRule,
} from '../../gates/policy.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { VersionScheme } from '../../versions/version-scheme.ts'
import type { ReleaseEntry } from './file-schema.ts'
import { stageName } from './profiles.ts'
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
  const { profile, required } = rulesOf(own[1], streams)
  const { stages: _, ...rest } = entry
  const resolved = resolvePolicy(profile === undefined ? entry : { ...rest, profile })
  const upTo = streams.slice(0, place + 1)
  const checked = withChecks(resolved.policy, checksOf(own, upTo))
  const canaries = required === undefined ? checked.canaries : requiredOnly(checked.canaries, required)
  const bare = profile === undefined && own[1].match?.kind === 'prerelease'
  const gates = bare ? gatesOf(checked, own[1], upTo, own) : null
  const stream = ruleOf(own, upTo, bare && gates === null)
  const policy = gates === null ? checked : onShortLadder(checked, gates)
  return { ...resolved, policy: { ...policy, canaries, stream } }
}

/**
 * Maintenance releases go by the rules of the stream they maintain, where they have none of their own; those of named
 * series first by the rules of the stream that maintains all others.
 */
function rulesOf(own: StreamEntry, streams: readonly Named[]): Pick<StreamEntry, 'profile' | 'required'> {
  const others = streams.find(([, { of, lines }]) => of === own.of && lines === undefined)?.[1]
  const base = streams.find(([name]) => name === own.of)?.[1]
  const chain = own.of === undefined ? [own] : [own, others, base]
  return {
    profile: chain.find((one) => one?.profile !== undefined)?.profile,
    required: chain.find((one) => one?.required !== undefined)?.required,
  }
}

/** The index of the stream that has a version; -1 when none does. */
function placeOf(streams: readonly Named[], scheme: VersionScheme, version: string): number {
  const label = scheme.preReleaseLabel(version)
  if (label !== null) {
    return streams.findIndex(([, { match }]) => wordsOf(match, scheme).includes(label))
  }
  const final = streams.findIndex(([, { match }]) => match?.kind === 'final')
  const name = streams[final]?.[0]
  const numbers = scheme.finalOf(version).replace(/^\d+!/, '')
  if (name === undefined || !isMaintenance(numbers)) return final
  // The stream that names its series, else the one that names none.
  const maintains = (lines: readonly string[] | undefined, [, stream]: Named) =>
    stream.of === name &&
    (lines === undefined ? stream.lines === undefined : lines.some((line) => isInLine(numbers, line)))
  const naming = streams.findIndex((one) => maintains(one[1].lines ?? [], one))
  const maintenance = naming >= 0 ? naming : streams.findIndex((one) => maintains(undefined, one))
  return maintenance >= 0 ? maintenance : final
}

/** Words that say how far a pre-release is; others name snapshots, which belong to nobody. */
const phaseWords = { pypi: ['a', 'b', 'rc'], npm: ['alpha', 'beta', 'rc'] } as const

/**
 * The word of a pre-release that none of an entry's streams has although they have others, so that nobody said who is
 * to get it, and the words that they have; null where it belongs somewhere, and for snapshots.
 */
export function unplacedWord(
  entry: ReleaseEntry,
  version: string,
): { readonly word: string; readonly known: readonly string[] } | null {
  const ecosystem = entry.package.startsWith('npm:') ? 'npm' : 'pypi'
  const scheme = schemeOf(ecosystem)
  const word = scheme.preReleaseLabel(version)
  const known = Object.values(entry.streams ?? {}).flatMap(({ match }) => wordsOf(match, scheme))
  const phases: readonly string[] = phaseWords[ecosystem]
  if (word === null || known.length === 0 || known.includes(word) || !phases.includes(word)) return null
  return { word, known }
}

/** The words of a stream of pre-releases as versions carry them. */
export function wordsOf(match: StreamEntry['match'], scheme: VersionScheme): readonly string[] {
  if (match?.kind !== 'prerelease') return []
  const { label, otherLabel } = match
  return [label, ...(otherLabel === null ? [] : [otherLabel])].map((word) => scheme.normalizeLabel(word))
}

/** `3.9.1` maintains `3.9.0`. */
function isMaintenance(final: string): boolean {
  const [, , third = '0'] = final.split('.')
  return Number(third) > 0
}

/** What the releases of a stream without a profile wait for all the same; null: nothing. */
function gatesOf({ stages }: Policy, { required = [] }: StreamEntry, upTo: readonly Named[], own: Named) {
  const { checks, canaries } = stages[0]?.gates ?? {}
  const gates: StageGates = {
    ...(checks && checksOf(own, upTo).length > 0 && { checks }),
    ...(canaries && required.length > 0 && { canaries }),
  }
  return Object.keys(gates).length === 0 ? null : gates
}

/** Hidden until what is asked for is there, and then for all who ask for pre-releases. */
function onShortLadder({ urgent: _, byChange: __, ...policy }: Policy, gates: StageGates): Policy {
  const stage = (basisPoints: number): Stage => ({
    ...{ name: stageName(basisPoints), basisPoints, bakeMs: 0, groups: [], gates },
  })
  return { ...policy, profile: 'custom', stages: [stage(0), stage(10_000)] }
}

function ruleOf([name, stream]: Named, upTo: readonly Named[], direct: boolean): StreamRule {
  const { match, after, people = [] } = stream
  const channels = upTo.flatMap(([, { channel }]) => (channel === undefined ? [] : [channel]))
  return {
    name,
    kind: match?.kind ?? 'final',
    upTo: upTo.map(([other]) => other),
    channels: [...new Set(channels)],
    direct,
    pauseDuring: stream.pauseDuring ?? null,
    ...(people.length > 0 && { people }),
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

import { addressKey } from '../../cohort/address-key.ts'
import { inCohort } from '../../cohort/bucket.ts'
import { type ClientKind, clientKinds } from '../../cohort/client-kind.ts'
import { basisPointsOf, groupKeysOf, groupsOf, phaseOf } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import type { DecidedBy } from './view-of-request.ts'

export interface WhyOfKey {
  /** True when unpinned installs under the key get the candidate. */
  readonly inside: boolean
  readonly sentence: string
}

/**
 * The answer to "why do I get this version": by the end of the rollout, by a group, or by the bucket. For a
 * pre-release of a stream it holds in the channels that show it.
 */
export function whyOfKey(
  state: RolloutState,
  key: string,
  bucket: number,
  ring: string | null = null,
): WhyOfKey {
  const why = whyOfBucket(state, key, bucket, ring)
  const { stream } = state.policy ?? {}
  if (stream?.kind !== 'prerelease') return why
  const channels = stream.channels.map((channel) => `/channel/${channel}`).join(', ')
  const where = channels === '' ? 'no channel shows it' : `that counts in ${channels}`
  return {
    ...why,
    sentence: `${why.sentence} It is a pre-release: ${where}; elsewhere only those get it who ask for it.`,
  }
}

/** The same for one package client of somebody who has no key: a network is one cohort for each of them. */
export interface WhyOfKind extends WhyOfKey {
  readonly kind: ClientKind
  readonly key: string
  readonly bucket: number
}

/** For all clients of the rollout's ecosystems that ask from the network in an address key. */
export function whyOfKinds(
  state: RolloutState,
  key: string,
  bucketOf: (salt: string, key: string) => number,
): readonly WhyOfKind[] {
  const network = key.slice('net:'.length, key.lastIndexOf(':'))
  const ecosystems = new Set(state.members.map(({ candidate }) => candidate.slice(0, candidate.indexOf(':'))))
  return clientKinds
    .filter((kind) => [...ecosystems].some((ecosystem) => ecosystemOfKind[kind] !== otherThan(ecosystem)))
    .map((kind) => {
      const own = addressKey(network, kind)
      const bucket = bucketOf(state.salt, own)
      return { kind, key: own, bucket, ...whyOfKey(state, own, bucket) }
    })
}

const otherThan = (ecosystem: string) => (ecosystem === 'npm' ? 'pypi' : 'npm')

const ecosystemOfKind: Readonly<Record<ClientKind, 'npm' | 'pypi' | 'both'>> = {
  pip: 'pypi',
  uv: 'pypi',
  poetry: 'pypi',
  pdm: 'pypi',
  npm: 'npm',
  pnpm: 'npm',
  yarn: 'npm',
  bun: 'npm',
  deno: 'npm',
  other: 'both',
}

/** Why somebody has no key, where more than that can be said. */
const whyNoKey: Readonly<Partial<Record<DecidedBy, string>>> = {
  ci: 'this client says that it runs in a CI job, where each job may have another address (anonymousCi)',
  'unnamed-proxy':
    'the request came through a proxy that the operator of this server has not named (trustedProxies), so nobody knows whose address it is',
  'silent-proxy': 'the request came through a proxy that does not say for which address it asks',
  'unread-key': 'the key that came with the request is none that can be read',
  mirror:
    'the operator of this server takes this client for a mirror, which gets one channel for all who use it',
}

/** The same for who has no key here: full releases only. `by`: what decided that. */
export function withoutKey(state: RolloutState, by: DecidedBy): WhyOfKey {
  const candidates = state.members.map((member) => member.candidate).join(', ')
  const isFull = state.end?.kind === 'completed' || state.members.every(({ baseline }) => baseline === null)
  return isFull
    ? { inside: true, sentence: `In: everybody gets ${candidates}.` }
    : {
        inside: false,
        sentence: `Out: ${whyNoKey[by] ?? 'without a key of your own you get full releases only'}, and ${candidates} is no full release yet. A key is set as docs/clients.md says.`,
      }
}

function whyOfBucket(state: RolloutState, key: string, bucket: number, ring: string | null): WhyOfKey {
  const candidates = state.members.map((member) => member.candidate).join(', ')
  const phase = phaseOf(state)
  if (phase === 'completed') {
    return { inside: true, sentence: `In: ${candidates} is completed, everybody gets it.` }
  }
  if (state.unread !== null) {
    const sentence = `Out: the history of the rollout of ${candidates} cannot be read, so it is held; only exact pins get it.`
    return { inside: false, sentence }
  }
  if (state.end !== null) {
    return {
      inside: false,
      sentence: `Out: the rollout of ${candidates} is ${phase}; only exact pins get it.`,
    }
  }
  if (groupKeysOf(state).has(key)) {
    return { inside: true, sentence: `In: the key is in a group that sees ${candidates} from this stage on.` }
  }
  if (ring !== null && groupsOf(state).has(ring)) {
    return { inside: true, sentence: `In: the ring ${ring} sees ${candidates} from this stage on.` }
  }
  const basisPoints = basisPointsOf(state)
  const inside = inCohort(bucket, basisPoints)
  const place = `the key falls into bucket ${bucket} of 10000, and ${basisPoints / 100} % means the buckets below ${basisPoints}`
  if (inside) return { inside, sentence: `In: ${place}.` }
  return { inside, sentence: `Out: ${place}.${laterStage(state, key, bucket, ring)}` }
}

/** The stage that lets the key in, when nothing goes wrong. */
function laterStage(
  { policy, stageIndex }: RolloutState,
  key: string,
  bucket: number,
  ring: string | null,
): string {
  const stage = policy?.stages.find(
    ({ basisPoints, groups }, index) =>
      index > stageIndex &&
      (inCohort(bucket, basisPoints) ||
        groups.some((name) => name === ring || policy.groups[name]?.includes(key))),
  )
  return stage === undefined
    ? ''
    : ` It comes in with the stage ${stage.name}, at ${stage.basisPoints / 100} %.`
}

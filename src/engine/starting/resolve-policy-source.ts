import type { ReleaseEntry, SlipwayFile } from '../../config/policy/file-schema.ts'
import { groupRepositories, policyFromRequest, resolveGroups } from '../../config/policy/resolve-policy.ts'
import { parseSlipwayFile, slipwayFilePath } from '../../config/policy/slipway-file.ts'
import { streamPolicy, unplacedWord } from '../../config/policy/stream-policy.ts'
import { explainProblems } from '../../config/reading/explain-problems.ts'
import type { Policy, PolicySource, ProfileName } from '../../gates/policy.ts'
import type { OwnerRecord } from '../../ports/access-store.ts'
import type { ForgeFailure, RepositoryReader } from '../../ports/forge.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { EngineParts } from '../core/engine-parts.ts'
import { hmacOf, repositoryKey } from '../core/hashes.ts'
import type { PolicyChoice } from './policy-choice.ts'

export type ChoiceOutcome =
  | { readonly ok: true; readonly choice: PolicyChoice }
  | { readonly ok: false; readonly refusal: Refusal }

type Parts = Pick<EngineParts, 'forge' | 'settings' | 'secret' | 'log'>

/**
 * The policy of one release in the order of docs/configuration.md: a policy given with the request, else the owner
 * repository's file on its default branch, else the server's default, else the profile `standard`. A file
 * that is there and broken, or that cannot be read, refuses the start: rolling out by rules that the owner
 * did not write would be worse than waiting. Streams are the file's alone. Groups come back as the keys that clients send.
 */
export async function resolvePolicySource(
  parts: Parts,
  release: ReleaseId,
  given: Policy | null,
  owner: OwnerRecord | null,
): Promise<ChoiceOutcome> {
  const found = given === null ? await fromFile(parts, release, owner) : requested(given)
  if (!found.ok) return found
  const choice = found.choice ?? serverChoice(parts.settings.serverPolicy)
  const policy = await withKeys(parts, choice.policy)
  return policy.ok ? { ok: true, choice: { ...choice, policy: policy.value } } : policy
}

export const givenWithRequest: PolicySource = { kind: 'request', detail: 'given with the request' }

function requested(policy: Policy): { readonly ok: true; readonly choice: PolicyChoice } {
  return { ok: true, choice: { policy, source: givenWithRequest, train: null, trainPackages: [] } }
}

/** What counts where nobody said anything: the server's default, else the profile `standard`. */
export function serverChoice(policy: Policy | null): PolicyChoice {
  if (policy !== null) {
    const source = { kind: 'server', detail: 'the default of this server' } as const
    return { policy, source, train: null, trainPackages: [] }
  }
  const standard = policyFromRequest({ profile: 'standard' })
  if (!standard.ok) throw new Error('the profile standard is not valid')
  const source = { kind: 'default', detail: 'the profile standard' } as const
  return { policy: standard.policy, source, train: null, trainPackages: [] }
}

async function fromFile(
  parts: Parts,
  release: ReleaseId,
  owner: OwnerRecord | null,
): Promise<
  | { readonly ok: true; readonly choice: PolicyChoice | null }
  | { readonly ok: false; readonly refusal: Refusal }
> {
  const { forge } = parts
  if (owner === null || forge === null) return { ok: true, choice: null }
  const read = await readOwnFile(forge, owner)
  if (!read.ok) return { ok: false, refusal: unreadable(owner, read.failure) }
  if (read.value === null) return { ok: true, choice: null }
  const { repository, commit, text } = read.value
  const parsed = parseSlipwayFile(text)
  if (!parsed.ok) {
    return { ok: false, refusal: broken(repository, explainProblems(slipwayFilePath, parsed.problems)) }
  }
  const id = packageIdOf(release)
  const entry = parsed.file.releases?.find((one) => one.package === id)
  if (entry === undefined) return { ok: true, choice: null }
  const unplaced = unplacedWord(entry, release.slice(id.length + 1))
  if (unplaced !== null) return { ok: false, refusal: homeless(release, unplaced) }
  const { policy, train } = streamPolicy(
    withLadder(entry, parts.settings.profile),
    release.slice(id.length + 1),
  )
  const detail = `${repository}@${commit}:${slipwayFilePath}`
  const trainPackages = train === null ? [] : packagesOfTrain(parsed.file, train)
  return { ok: true, choice: { policy, train, trainPackages, source: { kind: 'file', detail } } }
}

function packagesOfTrain({ releases = [] }: SlipwayFile, train: string): readonly PackageId[] {
  return releases.flatMap((one) => (one.train === train ? [one.package] : []))
}

/** The entry with a ladder where it names none. */
function withLadder(entry: ReleaseEntry, profile: ProfileName): ReleaseEntry {
  return entry.profile === undefined && entry.stages === undefined ? { ...entry, profile } : entry
}

/** The file at the head of the default branch, by commit, so that the stored source can be looked up later. */
export async function readOwnFile(forge: RepositoryReader, owner: OwnerRecord) {
  const repository = await forge.repository(owner.repositoryId)
  if (!repository.ok) return repository
  const commit = await forge.commitOf(repository.value, repository.value.defaultBranch)
  if (!commit.ok) return commit
  const text = await forge.file(repository.value, slipwayFilePath, commit.value)
  if (!text.ok) return text
  const { fullName } = repository.value
  const value = text.value === null ? null : { repository: fullName, commit: commit.value, text: text.value }
  return { ok: true as const, value }
}

/** Group members written as repositories become the opaque keys of those repositories. */
async function withKeys(
  parts: Parts,
  policy: Policy,
): Promise<
  { readonly ok: true; readonly value: Policy } | { readonly ok: false; readonly refusal: Refusal }
> {
  const hmac = hmacOf(parts.secret)
  const keys = new Map<string, string>()
  for (const name of groupRepositories(policy)) {
    if (parts.forge === null) break
    const found = await parts.forge.repository(name)
    if (found.ok) keys.set(name, repositoryKey(hmac, found.value.id))
    // Everybody can read the refusal, and nobody can tell now whether the repository is private.
    else if (isPassing(found.failure)) return { ok: false, refusal: notNow('a group member', found.failure) }
  }
  const resolved = resolveGroups(policy, (name) => keys.get(name) ?? null)
  if (resolved.unresolved.length > 0) {
    parts.log.warn('group members left out: this server does not know them', {
      repositories: resolved.unresolved,
    })
  }
  return { ok: true, value: resolved.policy }
}

function isPassing(failure: ForgeFailure): boolean {
  return failure.kind === 'limited' || failure.kind === 'broken'
}

function unreadable(owner: OwnerRecord, failure: ForgeFailure): Refusal {
  if (isPassing(failure)) return notNow(owner.repository, failure)
  return refuse(
    'blocked',
    `The owner's repository cannot be read (${failure.message}).`,
    'policy',
    owner.repository,
    'a repository that the App may read, or another owner for the package',
  )
}

function notNow(repository: string, failure: ForgeFailure): Refusal {
  return refuse(
    'temporary',
    `The policy cannot be read right now (${failure.message}).`,
    'policy',
    repository,
    'an answer from the forge; the start is tried again',
  )
}

/** It would be nobody's and so everybody's: all who ask for pre-releases would get it at once. */
function homeless(
  release: ReleaseId,
  { word, known }: NonNullable<ReturnType<typeof unplacedWord>>,
): Refusal {
  const [first] = known
  const why = `${release} is marked ${word}, and no stream of its package has such releases.`
  const expected = `one marked ${known.join(' or ')}, or a stream for it in ${slipwayFilePath}: "match: prerelease ${first} or ${word}" where it takes the place of such a one, else a stream with "match: prerelease ${word}"`
  return refuse('invalid', why, 'release', release, expected)
}

function broken(repository: string, problems: string): Refusal {
  return refuse(
    'blocked',
    `${repository} has a ${slipwayFilePath} with problems:\n${problems}\n`,
    'policy',
    slipwayFilePath,
    'a file without problems on the default branch; slipway check-config shows them',
  )
}

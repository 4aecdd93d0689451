import { admit } from '../../gates/canaries/admission.ts'
import { isProjectKey } from '../../gates/canaries/project-key.ts'
import type { RosterEntry } from '../../gates/evidence.ts'
import type { Policy } from '../../gates/policy.ts'
import type { ForgeFailure, Repository } from '../../ports/forge.ts'
import type { OfferRecord, StoredOffer } from '../../ports/offer-store.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import type { PackageId } from '../../versions/release.ts'
import type { EngineParts } from '../core/engine-parts.ts'
import { checkInMs } from './check-in.ts'
import { noteName } from './names-meant.ts'
import type { Offers } from './offers.ts'

export type RosterOutcome =
  | { readonly ok: true; readonly roster: readonly RosterEntry[] }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * Every repository that is known to offer to test one of these packages, with what the policy admits. What is
 * known comes from webhooks and the daily sweep; where the last sweep is too old, everybody is asked first. But
 * where a repository that the policy would admit cannot be asked right now, there is no roster: a required
 * canary that goes missing because of a bad minute would let a release through untested. `meantBefore`: the ids of the
 * repositories that names stood for; a name that has come to mean another one admits nobody.
 */
export async function readRoster(
  parts: Pick<EngineParts, 'offers' | 'settings' | 'clock' | 'forge' | 'log'>,
  offers: Pick<Offers, 'sweep' | 'read'>,
  packages: readonly PackageId[],
  policy: Policy,
  meantBefore: ReadonlyMap<string, string> = new Map(),
): Promise<RosterOutcome> {
  const refusal = await refresh(parts, offers, policy)
  if (refusal !== null) return { ok: false, refusal }
  const entries = new Map<string, RosterEntry>()
  const known = await parts.offers.list()
  const formerNames = await findFormerNames(parts, policy, known, meantBefore)
  const offering = new Set<string>()
  const oldest = parts.clock.now() - checkInMs
  // Records of files come first of each repository: a file says more than a check-in.
  for (const record of known) {
    if (record.source === 'pull' && record.seenAt < oldest) continue
    const own = record.offers.filter((one) => packages.includes(one.package))
    const [offer] = own
    const { id, fullName } = record.repository
    if (offer === undefined || entries.has(id)) continue
    const isOwnName = (meantBefore.get(fullName.toLowerCase()) ?? id) === id
    const byOwnName = isOwnName && admit(policy.canaries, fullName).admission !== 'none'
    const name = byOwnName ? fullName : (formerNames.get(id) ?? fullName)
    const before = meantBefore.get(name.toLowerCase()) ?? id
    if (before !== id) parts.log.warn('a name means another repository than before', { fullName, id, before })
    const admitted = before === id ? admit(policy.canaries, name) : admit([], name)
    if (admitted.admission !== 'none') {
      offering.add(name.toLowerCase())
      await noteName(parts, name, id)
    }
    const asked = packages.length > 1 ? { packages: own.map((one) => one.package) } : {}
    entries.set(id, { ...entryOf(record.repository, offer), ...asked, ...admitted })
  }
  const missing = await absentEntries(parts.forge, policy, [...entries.values()], offering)
  const roster = withoutCrowd(parts, [...entries.values(), ...missing])
  return { ok: true, roster: roster.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

/**
 * Names in the policy by the id of the repository that each was met under, or, where none was, that the forge leads to
 * from there.
 */
async function findFormerNames(
  { forge }: Pick<EngineParts, 'forge'>,
  policy: Policy,
  known: readonly OfferRecord[],
  meantBefore: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> {
  const present = new Set(known.map(({ repository }) => repository.fullName.toLowerCase()))
  const named = policy.canaries.filter(({ repo }) => !repo.endsWith('/*') && !isProjectKey(repo))
  const found = await Promise.all(
    named.map(async ({ repo }) => {
      const met = meantBefore.get(repo.toLowerCase())
      if (met !== undefined) return [[met, repo] as const]
      if (present.has(repo.toLowerCase())) return []
      const repository = forge === null ? null : await forge.repository(repo)
      return repository?.ok === true ? [[repository.value.id, repo] as const] : []
    }),
  )
  return new Map(found.flat())
}

/**
 * Repositories that the policy requires by name and that offer nothing, or no longer. They stay on the roster: a
 * release that nobody tests must not pass for one that was tested.
 */
async function absentEntries(
  forge: EngineParts['forge'],
  policy: Policy,
  present: readonly RosterEntry[],
  offering: ReadonlySet<string>,
): Promise<readonly RosterEntry[]> {
  const ids = new Set(present.map(({ id }) => id))
  const missing = policy.canaries.filter(
    ({ repo, required }) => required && !repo.endsWith('/*') && !offering.has(repo.toLowerCase()),
  )
  return Promise.all(
    missing.map(async ({ repo, weight }) => {
      const known = forge === null || isProjectKey(repo) ? null : await forge.repository(repo)
      const found = known?.ok === true ? known.value : null
      return {
        // A name that has come to mean another repository may find one that is on the roster already.
        id: found !== null && !ids.has(found.id) ? found.id : `absent:${repo.toLowerCase()}`,
        repo: found?.fullName ?? repo,
        // Whoever cannot be looked up may be private, and is not named to strangers.
        private: found?.private ?? forge !== null,
        mode: 'absent' as const,
        workflow: '',
        ref: '',
        arms: 'together' as const,
        timeoutMs: 0,
        admission: 'required' as const,
        weight,
      }
    }),
  )
}

/**
 * All that the policy admits, and of the others only so many: anybody may offer to test, and whatever stands on a
 * roster stands in the history forever. Those whose file was read go before those that checked in by themselves.
 */
function withoutCrowd(
  { settings, log }: Pick<EngineParts, 'settings' | 'log'>,
  entries: readonly RosterEntry[],
): RosterEntry[] {
  const strangers = entries.filter(({ admission }) => admission === 'none')
  const shown = strangers
    .sort((a, b) => Number(a.mode === 'pull') - Number(b.mode === 'pull'))
    .slice(0, settings.mostUnadmitted)
  const leftOut = strangers.length - shown.length
  if (leftOut > 0)
    log.warn('repositories that the policy does not admit are left out of a roster', { leftOut })
  return [...entries.filter(({ admission }) => admission !== 'none'), ...shown]
}

function entryOf(repository: Repository, offer: StoredOffer): Omit<RosterEntry, 'admission' | 'weight'> {
  return {
    id: repository.id,
    repo: repository.fullName,
    private: repository.private,
    mode: offer.mode,
    workflow: offer.workflow ?? '',
    ref: offer.ref,
    arms: offer.arms,
    timeoutMs: offer.timeoutMs,
    ...(offer.runsPerMonth === null ? {} : { runsPerMonth: offer.runsPerMonth }),
  }
}

/** Makes the knowledge fresh enough for a start, or says why that is not possible now. */
async function refresh(
  { forge, settings, clock, offers: store }: Pick<EngineParts, 'offers' | 'settings' | 'clock' | 'forge'>,
  offers: Pick<Offers, 'sweep' | 'read'>,
  policy: Policy,
): Promise<Refusal | null> {
  if (forge === null) return null
  const sweptAt = await store.sweptAt()
  if (sweptAt === null || clock.now() - sweptAt > settings.offersFreshMs) {
    const swept = await offers.sweep()
    if (!swept.ok) return notNow('the list of repositories', swept.failure)
    const missing = swept.unread.find(({ repository, failure }) => matters(policy, repository, failure))
    return missing === undefined ? null : notNow(shown(missing.repository), missing.failure)
  }
  for (const { source, unread, repository } of await store.list()) {
    if (source !== 'file' || unread === null || !isAdmitted(policy, repository)) continue
    const failure = await offers.read(repository)
    if (failure !== null && matters(policy, repository, failure)) return notNow(shown(repository), failure)
  }
  return null
}

/** A repository that is gone or closed to us stays so; anything else may be different in a minute. */
function matters(policy: Policy, repository: Repository, failure: ForgeFailure): boolean {
  return failure.kind !== 'gone' && failure.kind !== 'forbidden' && isAdmitted(policy, repository)
}

function isAdmitted(policy: Policy, { fullName }: OfferRecord['repository']): boolean {
  return admit(policy.canaries, fullName).admission !== 'none'
}

/** The refusal is shown to everybody. */
function shown(repository: Repository): string {
  return repository.private ? 'a private dependent' : repository.fullName
}

function notNow(what: string, failure: ForgeFailure): Refusal {
  return refuse(
    'temporary',
    `The dependents cannot be read right now (${failure.message}).`,
    'canaries',
    what,
    'an answer from the forge; the start is tried again',
  )
}

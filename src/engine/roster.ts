import { type CanaryOffer, canaryOffers } from '../config/canary-offers.ts'
import { explainProblems } from '../config/explain-problems.ts'
import { parseSlipwayFile, slipwayFilePath } from '../config/slipway-file.ts'
import { usesSlipwayCanary } from '../config/workflow-uses.ts'
import { admit } from '../gates/admission.ts'
import type { RosterEntry } from '../gates/evidence.ts'
import type { Policy } from '../gates/policy.ts'
import type { Forge, ForgeFailure, Repository } from '../ports/forge.ts'
import type { Refusal } from '../rollout/refusal.ts'
import { refuse } from '../rollout/refuse.ts'
import type { PackageId } from '../versions/release.ts'
import type { EngineParts } from './engine-parts.ts'
import type { Log } from './log.ts'

export type RosterOutcome =
  | { readonly ok: true; readonly roster: readonly RosterEntry[] }
  | { readonly ok: false; readonly refusal: Refusal }

type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ForgeFailure }

/**
 * Every repository the forge lists that offers to test one of these packages, with what the policy admits.
 * A dependent's own broken or missing file only takes that dependent off the list. But where a repository
 * that the policy would admit cannot be asked right now, there is no roster: a required canary that goes
 * missing because of a bad minute would let a release through untested.
 */
export async function readRoster(
  parts: Pick<EngineParts, 'forge' | 'settings' | 'log'>,
  packages: readonly PackageId[],
  policy: Policy,
): Promise<RosterOutcome> {
  const { forge, log } = parts
  if (forge === null) return { ok: true, roster: [] }
  const listed = await forge.repositories()
  if (!listed.ok) return { ok: false, refusal: notNow('the list of repositories', listed.failure) }
  const entries: RosterEntry[] = []
  for (let start = 0; start < listed.value.length; start += parts.settings.rosterConcurrency) {
    const some = listed.value.slice(start, start + parts.settings.rosterConcurrency)
    const asked = await Promise.all(some.map((one) => entryOf(forge, log, one, packages, policy)))
    for (const [index, answer] of asked.entries()) {
      const repository = some[index]
      if (repository === undefined) continue
      if (answer.ok) entries.push(...(answer.value === null ? [] : [answer.value]))
      else if (mattersNow(policy, repository, answer.failure)) {
        // The refusal is shown to everybody.
        const what = repository.private ? 'a private dependent' : repository.fullName
        return { ok: false, refusal: notNow(what, answer.failure) }
      } else log.warn('canary left out', { repository: repository.fullName, why: answer.failure.message })
    }
  }
  return { ok: true, roster: entries.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

async function entryOf(
  forge: Forge,
  log: Log,
  repository: Repository,
  packages: readonly PackageId[],
  policy: Policy,
): Promise<Read<RosterEntry | null>> {
  const text = await forge.file(repository, slipwayFilePath, null)
  if (!text.ok || text.value === null) return text.ok ? { ok: true, value: null } : text
  const parsed = parseSlipwayFile(text.value)
  if (!parsed.ok) {
    const problems = explainProblems(slipwayFilePath, parsed.problems)
    log.warn('canary left out', { repository: repository.fullName, why: problems })
    return { ok: true, value: null }
  }
  const offer = canaryOffers(parsed.file).find((one) => packages.includes(one.package))
  if (offer === undefined) return { ok: true, value: null }
  const arms = await armsOf(forge, repository, offer)
  if (!arms.ok) return arms
  return {
    ok: true,
    value: {
      id: repository.id,
      repo: repository.fullName,
      private: repository.private,
      mode: offer.mode,
      workflow: offer.workflow ?? '',
      ref: offer.ref ?? repository.defaultBranch,
      arms: arms.value,
      ...admit(policy.canaries, repository.fullName),
      timeoutMs: offer.timeoutMs,
    },
  }
}

/** Both arms in one run where the workflow uses the Action; other ways in bring the Action themselves. */
async function armsOf(
  forge: Forge,
  repository: Repository,
  offer: CanaryOffer,
): Promise<Read<RosterEntry['arms']>> {
  if (offer.mode !== 'dispatch' || offer.workflow === null) return { ok: true, value: 'together' }
  const text = await forge.file(repository, `.github/workflows/${offer.workflow}`, offer.ref)
  if (!text.ok) return text
  // A missing workflow stays on the list: its dispatch fails, and that is shown as this canary's state.
  const together = text.value === null || usesSlipwayCanary(text.value)
  return { ok: true, value: together ? 'together' : 'apart' }
}

/** A repository that is gone or closed to us stays so; anything else may be different in a minute. */
function mattersNow(policy: Policy, repository: Repository, failure: ForgeFailure): boolean {
  if (failure.kind === 'gone' || failure.kind === 'forbidden') return false
  return admit(policy.canaries, repository.fullName).admission !== 'none'
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

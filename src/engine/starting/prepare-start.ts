import type { RosterEntry } from '../../gates/evidence.ts'
import type { Policy } from '../../gates/policy.ts'
import type { OwnerRecord } from '../../ports/access-store.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import type { Origin } from '../../rollout/history/event.ts'
import type { StartPlan } from '../../rollout/starting/plan-start.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { likelyTags } from '../../versions/release-tag.ts'
import { withFlakiness } from '../canaries/flake-history.ts'
import { namesMeant } from '../canaries/names-meant.ts'
import { readRoster } from '../canaries/roster.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { packagesLeaving, type WholeStart } from '../trains/leave-together.ts'
import { awaitsFiles } from './awaited-files.ts'
import { findOrigin } from './find-origin.ts'
import { hostedFiles } from './known-packages.ts'
import { pinnedApart } from './pinned-together.ts'
import type { PolicyChoice } from './policy-choice.ts'
import { resolvePolicySource, serverChoice } from './resolve-policy-source.ts'
import type { StartRequest } from './start-request.ts'

/** What was read from outside before a start is planned. */
export interface Prepared {
  /** One for each release of the request, in its order. */
  readonly choices: readonly PolicyChoice[]
  readonly roster: readonly RosterEntry[]
  readonly origin: Origin | null
}

type Preparing =
  | { readonly ok: true; readonly value: Prepared }
  | { readonly ok: false; readonly refusal: Refusal }

/** Resolves policy, roster and origin of a planned start; refuses where one cannot be told for certain. */
export async function prepareStart(
  core: EngineCore,
  request: WholeStart,
  plan: StartPlan,
): Promise<Preparing> {
  const { parts } = core
  const standIn = serverChoice(parts.settings.serverPolicy)
  const nothing = { choices: request.releases.map(() => standIn), roster: [], origin: null }
  if (plan.kind === 'running') return { ok: true, value: nothing }
  const missing = await withoutFiles(core, request.releases)
  if (missing !== null) return { ok: false, refusal: missing }
  const apart = await pinnedApart(
    core,
    plan.members.map(({ candidate }) => candidate),
  )
  if (apart !== null) return { ok: false, refusal: apart }
  const first = plan.members.every((member) => member.baseline === null)
  const reserved = plan.rollout === null ? null : core.memory.get(plan.rollout)
  const resolved = await resolveChoices(core, request, reserved?.policy ?? null)
  // A first release has no ladder that a policy could stage, so a broken file does not hide it.
  if (!resolved.ok && !first) return resolved
  const choices = resolved.ok ? resolved.value : nothing.choices
  const [choice = standIn] = choices
  const awaited =
    request.who.actor.kind === 'system' ? await awaitsFiles(core, plan.members, choice.policy) : null
  if (awaited !== null) return { ok: false, refusal: awaited }
  const packages = packagesLeaving(request)
  const read = first
    ? { ok: true as const, roster: [] }
    : await readRoster(parts, core.offers, packages, choice.policy, await namesMeant(core, packages))
  if (!read.ok) return read
  const origin = await originOf(
    core,
    request,
    await core.parts.access.ownerOf(packageIdOf(request.releases[0] ?? '')),
    choice.policy.tags,
  )
  if (!origin.ok && !first) return origin
  const roster = withFlakiness(read.roster, core.memory.awake(), parts.clock.now())
  return { ok: true, value: { choices, roster, origin: origin.ok ? origin.value : null } }
}

/** The policy of each release of a request: given with it or when it was reserved, else as its owner says. */
export async function resolveChoices(
  core: EngineCore,
  request: StartRequest,
  reserved: Policy | null,
): Promise<
  | { readonly ok: true; readonly value: readonly PolicyChoice[] }
  | { readonly ok: false; readonly refusal: Refusal }
> {
  const choices: PolicyChoice[] = []
  for (const release of request.releases) {
    const owner = await core.parts.access.ownerOf(packageIdOf(release))
    const resolved = await resolvePolicySource(core.parts, release, request.policy ?? reserved, owner)
    if (!resolved.ok) return resolved
    choices.push({ ...resolved.choice, source: request.policySource ?? resolved.choice.source })
  }
  return { ok: true, value: choices }
}

/** Nothing can be tested or shown before the files are here; the upload begins the rollout by itself. */
export async function withoutFiles(
  core: EngineCore,
  releases: readonly ReleaseId[],
): Promise<Refusal | null> {
  const files = await hostedFiles(core.parts.packages, releases)
  const missing = releases.find((release) => files.every((file) => file.release !== release))
  if (missing === undefined) return null
  const expected = 'a start after its first file is uploaded, which then needs no start of its own'
  return refuse('temporary', 'No file of it is here yet.', 'release', missing, expected)
}

/** The origin given with the request, completed, or else the one that the owner's repository shows. */
async function originOf(
  core: EngineCore,
  request: StartRequest,
  owner: OwnerRecord | null,
  patterns: readonly string[],
): Promise<
  { readonly ok: true; readonly value: Origin | null } | { readonly ok: false; readonly refusal: Refusal }
> {
  const { origin: given } = request
  // Nobody could look at it: no effect is applied there and no gate may wait for one.
  if (core.parts.forge === null) return { ok: true, value: null }
  if (given !== null && given.commit !== null && given.installationId !== null) {
    return { ok: true, value: given }
  }
  const release = request.releases[0] ?? ''
  const tags = given?.tag == null ? likelyTags(release, null, patterns) : [given.tag]
  const found = await findOrigin(core.parts.forge, (given ?? owner)?.repositoryId ?? null, tags)
  if (found.ok && (given === null || found.value === null)) return { ok: true, value: given ?? found.value }
  if (found.ok && given !== null && found.value !== null) {
    const { commit, installationId } = found.value
    const known = { commit: given.commit ?? commit, installationId: given.installationId ?? installationId }
    return { ok: true, value: { ...given, ...known } }
  }
  const message = found.ok ? '' : found.failure.message
  const why = `The release's commit cannot be read right now (${message}).`
  const expected = 'an answer from the forge; the start is tried again'
  return { ok: false, refusal: refuse('temporary', why, 'release', release, expected) }
}

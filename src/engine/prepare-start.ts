import type { RosterEntry } from '../gates/evidence.ts'
import type { OwnerRecord } from '../ports/access-store.ts'
import type { Origin } from '../rollout/event.ts'
import type { StartPlan } from '../rollout/plan-start.ts'
import type { Refusal } from '../rollout/refusal.ts'
import { refuse } from '../rollout/refuse.ts'
import { packageIdOf, type ReleaseId } from '../versions/release.ts'
import type { PolicyChoice, StartRequest } from './engine.ts'
import type { EngineCore } from './engine-core.ts'
import { findOrigin } from './find-origin.ts'
import { resolvePolicySource, serverChoice } from './resolve-policy-source.ts'
import { readRoster } from './roster.ts'

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
  request: StartRequest,
  plan: StartPlan,
): Promise<Preparing> {
  const { parts } = core
  const standIn = serverChoice(parts.settings.serverPolicy)
  const nothing = { choices: request.releases.map(() => standIn), roster: [], origin: null }
  if (plan.kind === 'running') return { ok: true, value: nothing }
  const owners = await ownersOf(core, request.releases)
  const first = plan.members.every((member) => member.baseline === null)
  const reserved = plan.rollout === null ? null : core.memory.get(plan.rollout)
  const choices: PolicyChoice[] = []
  for (const [index, release] of request.releases.entries()) {
    const owner = owners[index] ?? null
    const given = request.policy ?? reserved?.policy ?? null
    const resolved = await resolvePolicySource(parts, packageIdOf(release), given, owner)
    // A first release has no ladder that a policy could stage, so a broken file does not hide it.
    if (!resolved.ok && !first) return resolved
    choices.push(resolved.ok ? resolved.choice : standIn)
  }
  const [choice = standIn] = choices
  const packages = request.releases.map((release) => packageIdOf(release))
  const read = first ? { ok: true as const, roster: [] } : await readRoster(parts, packages, choice.policy)
  if (!read.ok) return read
  const origin = await originOf(core, request, owners[0] ?? null)
  if (!origin.ok && !first) return origin
  return { ok: true, value: { choices, roster: read.roster, origin: origin.ok ? origin.value : null } }
}

async function ownersOf(
  core: EngineCore,
  releases: readonly ReleaseId[],
): Promise<readonly (OwnerRecord | null)[]> {
  const owners: (OwnerRecord | null)[] = []
  for (const release of releases) owners.push(await core.parts.access.ownerOf(packageIdOf(release)))
  return owners
}

async function originOf(
  core: EngineCore,
  request: StartRequest,
  owner: OwnerRecord | null,
): Promise<
  { readonly ok: true; readonly value: Origin | null } | { readonly ok: false; readonly refusal: Refusal }
> {
  if (request.origin !== null) return { ok: true, value: request.origin }
  const release = request.releases[0] ?? ''
  const version = release.slice(release.lastIndexOf('@') + 1)
  const found = await findOrigin(core.parts.forge, owner, version)
  if (found.ok) return found
  const why = `The release's commit cannot be read right now (${found.failure.message}).`
  const expected = 'an answer from the forge; the start is tried again'
  return { ok: false, refusal: refuse('temporary', why, 'release', release, expected) }
}

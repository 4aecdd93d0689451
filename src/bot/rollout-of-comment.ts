import type { Repository } from '../ports/forge.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import { sayProblem } from '../versions/problem.ts'
import { formatReleaseId, parseReleaseId } from '../versions/release.ts'
import { type BotParts, owns } from './bot-parts.ts'

/** In whose name a comment in this repository speaks: the packages' owner, a canary on the roster, or nobody. */
export type Standing =
  | { readonly kind: 'owner' }
  | { readonly kind: 'canary'; readonly canary: string }
  | { readonly kind: 'none' }

export type Resolved =
  | { readonly ok: true; readonly state: RolloutState; readonly standing: Standing }
  | { readonly ok: false; readonly message: string }

/** What this repository is to a rollout at this moment; by repository id, names do not count. */
async function standingOf(parts: BotParts, repository: Repository, state: RolloutState): Promise<Standing> {
  if (await owns(parts, repository.id, state)) return { kind: 'owner' }
  const entry = state.canaries[repository.id]?.entry
  return entry === undefined ? { kind: 'none' } : { kind: 'canary', canary: entry.id }
}

function newestFirst(a: RolloutState, b: RolloutState): number {
  return Number(a.end !== null) - Number(b.end !== null) || b.reservedAt - a.reservedAt
}

/** The rollout whose tracking issue or pull request comment stands where the command was written. */
async function atPlace(parts: BotParts, repository: Repository, issue: number): Promise<RolloutState | null> {
  const applied = await parts.effects.findByPlace({ repositoryId: repository.id, issue })
  const ids = new Set(applied.map((effect) => effect.key.slice(0, effect.key.indexOf('/'))))
  const states = [...ids].map((id) => parts.engine.find(id)).filter((state) => state !== null)
  return states.sort(newestFirst)[0] ?? null
}

function named(parts: BotParts, target: string): RolloutState | string {
  const none = `target: got "${target}", expected the id of a rollout or release of this repository`
  if (target.startsWith('ro-')) return parts.engine.find(target) ?? none
  const release = parseReleaseId(target)
  if (!release.ok) return sayProblem(release.problem)
  return parts.engine.find(formatReleaseId(release.value)) ?? none
}

async function onlyLive(parts: BotParts, repository: Repository): Promise<RolloutState | string> {
  const live: RolloutState[] = []
  for (const state of parts.engine.all()) {
    if (state.end === null && (await standingOf(parts, repository, state)).kind !== 'none') live.push(state)
  }
  const [only] = live
  if (only !== undefined && live.length === 1) return only
  if (only === undefined) {
    return 'No rollout of this repository is live. Put a release id after the word, such as npm:demo@1.1.0, to ask about an older one.'
  }
  const names = live.slice(0, 10).map((state) => state.members[0]?.candidate ?? state.id)
  return `Several rollouts could be meant. Put one of these after the word: ${names.join(', ')}`
}

/**
 * Finds the rollout a command is about: the one it names, else the one behind the issue or pull request it was
 * written on, else the only live one of this repository. A repository that is neither the owner nor on the
 * roster learns nothing.
 */
export async function resolveRollout(
  parts: BotParts,
  repository: Repository,
  issue: number,
  target: string | null,
): Promise<Resolved> {
  const found =
    target !== null
      ? named(parts, target)
      : ((await atPlace(parts, repository, issue)) ?? (await onlyLive(parts, repository)))
  if (typeof found === 'string') return { ok: false, message: found }
  const standing = await standingOf(parts, repository, found)
  if (standing.kind === 'none') {
    const message = `target: got "${target ?? ''}", expected the id of a rollout or release of this repository`
    return { ok: false, message }
  }
  return { ok: true, state: found, standing }
}

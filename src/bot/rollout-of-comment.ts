import type { RolloutReader } from '../engine/roles/rollout-reader.ts'
import type { CommandTarget } from '../github/commands/command-target.ts'
import { namedRollout, targetNotFound } from '../github/commands/named-rollout.ts'
import type { Repository } from '../ports/forge.ts'
import type { RolloutState } from '../rollout/history/state.ts'
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
async function atPlace(
  parts: BotParts<RolloutReader>,
  repository: Repository,
  issue: number,
): Promise<RolloutState | null> {
  const applied = await parts.effects.findByPlace({ repositoryId: repository.id, issue })
  const ids = new Set(applied.map((effect) => effect.key.slice(0, effect.key.indexOf('/'))))
  const states = [...ids].map((id) => parts.engine.find(id)).filter((state) => state !== null)
  return states.sort(newestFirst)[0] ?? null
}

/** Rollouts that this repository has a say in. */
async function ownRollouts(
  parts: BotParts<RolloutReader>,
  repository: Repository,
): Promise<readonly RolloutState[]> {
  const found: RolloutState[] = []
  for (const state of parts.engine.all()) {
    if ((await standingOf(parts, repository, state)).kind !== 'none') found.push(state)
  }
  return found
}

async function named(
  parts: BotParts<RolloutReader>,
  repository: Repository,
  issue: number,
  target: CommandTarget,
): Promise<RolloutState | string> {
  const here = await atPlace(parts, repository, issue)
  const all = target.kind === 'id' || here !== null ? [] : await ownRollouts(parts, repository)
  return namedRollout(target, { here, all, find: parts.engine.find })
}

async function onlyLive(
  parts: BotParts<RolloutReader>,
  repository: Repository,
): Promise<RolloutState | string> {
  const live = (await ownRollouts(parts, repository)).filter(({ end }) => end === null)
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
  parts: BotParts<RolloutReader>,
  repository: Repository,
  issue: number,
  target: CommandTarget | null,
): Promise<Resolved> {
  const found =
    target !== null
      ? await named(parts, repository, issue, target)
      : ((await atPlace(parts, repository, issue)) ?? (await onlyLive(parts, repository)))
  if (typeof found === 'string') return { ok: false, message: found }
  const standing = await standingOf(parts, repository, found)
  if (standing.kind === 'none') {
    return { ok: false, message: targetNotFound(target) }
  }
  return { ok: true, state: found, standing }
}

import { setImmediate as letOthers } from 'node:timers/promises'
import type { Actor } from '../../rollout/history/actor.ts'
import { canonicalJson } from '../../rollout/history/canonical-json.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { isNewer } from '../../rollout/siblings/standing.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import { runCommands } from '../core/run-command.ts'
import { hostedVersion, packagesOf, worldOf } from '../starting/known-packages.ts'

const system = { actor: { kind: 'system' }, reason: '' } as const

/**
 * Tells a rollout which older live releases of its line it is like, so that it need not bake anew what they have baked.
 * What cannot be told is not alike.
 */
export async function tellLikeness(core: EngineCore, id: RolloutId): Promise<void> {
  const state = core.memory.get(id)
  if (state === null || !isLive(state) || state.policy.pace.catchUpMs === null) return
  const older = worldOf(core.memory, packagesOf(state)).filter(
    (other) => isLive(other) && other.id !== id && !core.broken.has(other.id) && isNewer(state, other),
  )
  for (const other of older) {
    for (const { candidate } of other.members) {
      if (ownEntry(state.likenesses, candidate) !== undefined) continue
      const because = await unlike(core, state, other, candidate)
      const observedAt = core.parts.clock.now()
      const likeness = { older: candidate, alike: because === null, because: because ?? '', observedAt }
      await runCommands(core, id, [{ type: 'recordSignal', signal: { kind: 'likeness', likeness } }], system)
      // Comparing costs; requests come first.
      await letOthers()
    }
  }
}

/** Why a rollout's release is not like an older one; null where it is. */
async function unlike(
  core: EngineCore,
  state: RolloutState,
  other: RolloutState,
  older: ReleaseId,
): Promise<string | null> {
  const id = packageIdOf(older)
  const own = state.members.find(({ candidate }) => packageIdOf(candidate) === id)?.candidate
  if (own === undefined) return `it has no release of ${id}`
  if (own === older) return null
  const [mine, theirs] = await Promise.all([publisherOf(core, state.id), publisherOf(core, other.id)])
  if (mine === null || mine !== theirs) return 'somebody else published it'
  if (await isLessProven(core, own, older)) return 'it brings less proof of where it was built'
  const loudest = (await core.parts.comparer?.loudest(older, own)) ?? null
  if (loudest === null) return 'their files cannot be compared'
  return loudest === 'nothing' || loudest === 'say' ? null : `their files differ in what matters (${loudest})`
}

/** Who reserved a rollout, as far as that names somebody. */
async function publisherOf({ parts }: EngineCore, id: RolloutId): Promise<string | null> {
  const [first] = await parts.events.read(id)
  return first?.event == null ? null : sayPublisher(first.event.actor)
}

function sayPublisher(actor: Actor): string | null {
  switch (actor.kind) {
    case 'person':
      return canonicalJson(['person', actor.login])
    case 'token':
      return canonicalJson(['token', actor.owner, actor.name])
    default:
      return null
  }
}

async function isLessProven({ parts }: EngineCore, own: ReleaseId, older: ReleaseId): Promise<boolean> {
  const [mine, theirs] = await Promise.all([
    hostedVersion(parts.packages, own),
    hostedVersion(parts.packages, older),
  ])
  const proven = (files: NonNullable<typeof mine>['files']) =>
    files.length > 0 && files.every(({ provenanceSha256 }) => provenanceSha256 !== undefined)
  return theirs !== undefined && proven(theirs.files) && (mine === undefined || !proven(mine.files))
}

import type { AppendBatch } from '../../ports/event-store.ts'
import type { CommandBody } from '../../rollout/deciding/command.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import type { RolloutId, Unwatched } from '../../rollout/history/event.ts'
import type { Hmac } from '../../rollout/history/nonce.ts'
import type { Offers } from '../canaries/offers.ts'
import type { ColdRollouts } from '../past/cold-rollouts.ts'
import type { StartProblems } from '../starting/start-problems.ts'
import type { Change } from './change.ts'
import type { EngineParts } from './engine-parts.ts'
import type { RolloutMemory } from './rollout-memory.ts'
import type { SharePolicy } from './share-policy.ts'
import type { Turns } from './turns.ts'
import type { Who } from './who.ts'

/** What was asked of one rollout, and by whom. */
export interface Asked {
  readonly bodies: readonly CommandBody[]
  readonly who: Who
}

export interface Unwritten {
  readonly batch: AppendBatch
  /** What led to it, to be decided anew where another process wrote first. */
  readonly asked: Asked
}

/** What the engine's functions share. Each function takes the part of it that it needs. */
export interface EngineCore {
  readonly parts: EngineParts
  readonly memory: RolloutMemory
  /** Ended rollouts, packed; `memory` looks into it by itself. */
  readonly cold: ColdRollouts
  /** One queue for all that decides and appends. */
  readonly turns: Turns
  readonly hmac: Hmac
  /** Rollouts whose stored history is not whole, and why: exposure 0, no commands. */
  readonly broken: Map<RolloutId, string>
  /** Takings-back that are shown already and could not be written yet. */
  readonly unwritten: Map<RolloutId, Unwritten>
  /** Why the log as a whole is not trusted; null while it is. */
  readonly distrust: { why: string | null }
  /** Time before this process began that counts for no bake; null once every rollout has it in its history. */
  readonly unwatched: { span: Unwatched | null }
  readonly startProblems: StartProblems
  readonly listeners: Set<(change: Change) => void>
  /** Up to where the common log of all streams is known; what comes after is read on a conflict. */
  readonly position: { seen: number }
  readonly sharePolicy: SharePolicy
  readonly offers: Offers
  /** Asks for a reconcile of this rollout soon; never waits for it. */
  readonly reconcileSoon: (id: RolloutId) => void
}

/** A refusal when a rollout's history is broken, else null. */
export function refuseBroken(core: Pick<EngineCore, 'broken' | 'unwritten'>, id: RolloutId): Refusal | null {
  const why = core.broken.get(id)
  if (core.unwritten.has(id)) {
    const waiting = 'It was taken back and that could not be written yet; it is written when there is room.'
    return refuse('temporary', waiting, 'rollout', id, 'the same command later')
  }
  if (why === undefined) return null
  return refuse(
    'blocked',
    `The stored history of this rollout is not whole (${why}), so it is shown to nobody and takes no commands.`,
    'rollout',
    id,
    'a rollout with a whole history; an operator has to restore it',
  )
}

import type { Actor } from '../../rollout/history/actor.ts'

export interface Who {
  readonly actor: Actor
  readonly reason: string
}

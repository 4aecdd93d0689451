import { nextRounds } from './canary-rounds.ts'
import type { RolloutEvent } from './event.ts'
import type { RolloutState } from './state.ts'

type EventOf<Type extends RolloutEvent['type']> = Extract<RolloutEvent, { type: Type }>

/** A member more, shown to nobody yet; what canaries said was said without it. */
export function boarded(state: RolloutState, { member, since, at }: EventOf<'boarded'>): RolloutState {
  return {
    ...state,
    members: [...state.members, member],
    boarding: { ...state.boarding, [member.candidate]: since },
    canaries: nextRounds(state.canaries, at),
  }
}

/** They take their place among the others; their files are closed like those of the others. */
export function seated(state: RolloutState, { releases, files }: EventOf<'seated'>): RolloutState {
  const boarding = Object.fromEntries(
    Object.entries(state.boarding).filter(([release]) => !releases.includes(release)),
  )
  const sealedFiles = state.sealedFiles === null ? null : [...state.sealedFiles, ...files]
  return { ...state, boarding, sealedFiles }
}

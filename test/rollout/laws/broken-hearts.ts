import { decide } from '../../../src/rollout/deciding/decide.ts'
import type { Actor } from '../../../src/rollout/history/actor.ts'
import { evolve } from '../../../src/rollout/history/evolve.ts'
import { ownEntry } from '../../../src/versions/own-entry.ts'
import { maintainer } from '../builders.ts'
import { type Heart, heart } from '../world.ts'

/** Deliberately wrong hearts: each must be caught by the law it is named after. */

/** The tick goes on to the stage after the next. */
export const skipsStages: Heart = {
  ...heart,
  evolve: (id, state, event) => {
    const next = evolve(id, state, event)
    const last = (next.policy?.stages.length ?? 1) - 1
    return event.type === 'stage-entered' ? { ...next, stageIndex: Math.min(event.index + 1, last) } : next
  },
}

/** A shared token is taken for a person. */
export const takesTokensForPeople: Heart = {
  ...heart,
  decide: (command, state) => {
    if (command.type !== 'advance' || command.actor.kind !== 'token') return decide(command, state)
    const actor: Actor = { ...command.actor, as: 'somebody' }
    const decision = decide({ ...command, actor }, state)
    if (!decision.ok) return decision
    return { ok: true, events: decision.events.map((event) => ({ ...event, actor: command.actor })) }
  },
}

/** Passes gates by force and does not say so. */
export const hidesForce: Heart = {
  ...heart,
  evolve,
  decide: (command, state) => {
    const decision = decide(command, state)
    if (!decision.ok) return decision
    const events = decision.events.map((event) => ('forced' in event ? { ...event, forced: false } : event))
    return { ok: true, events }
  },
}

/** People can advance what has ended. */
export const wakesTheDead: Heart = {
  ...heart,
  decide: (command, state) =>
    decide(command, command.type === 'advance' && state !== null ? { ...state, end: null } : state),
  evolve: (id, state, event) => {
    const next = evolve(id, state, event)
    return event.type === 'stage-entered' ? { ...next, end: null } : next
  },
}

/** No answer is taken for a good one. */
export const ignoresSilence: Heart = {
  ...heart,
  decide: (command, state) =>
    decide(command, command.type === 'tick' && state !== null ? { ...state, canaries: {} } : state),
}

/** Issues that nobody looked for are taken for closed ones. */
export const ignoresUnsearched: Heart = {
  ...heart,
  decide: (command, state) =>
    decide(command, command.type === 'tick' && state !== null ? { ...state, origin: null } : state),
}

/** The answer that comes first stays. */
export const keepsFirstAnswer: Heart = {
  ...heart,
  decide: (command, state) => {
    if (command.type !== 'recordResult' || state === null) return decide(command, state)
    const { canary, try: number, leg, arm } = command.fact
    const known = ownEntry(state.canaries, canary)?.tries[number]?.legs[leg]?.[arm]
    return known === undefined ? decide(command, state) : { ok: true, events: [] }
  },
}

/** Notes results when they arrive, so that the order of arrival shows. */
export const notesArrival: Heart = {
  ...heart,
  evolve: (id, state, event) => {
    const next = evolve(id, state, event)
    if (event.type !== 'result-recorded') return next
    return { ...next, heldBecause: [...next.heldBecause, event.fact.arm] }
  },
}

/** Takes no evidence of a release while that of another one came last. */
export function listensToOneAtATime(): Heart {
  let last: string | null = null
  return {
    ...heart,
    decide: (command, state) => {
      if (command.type !== 'recordResult' || state === null) return decide(command, state)
      const isOther = last !== null && last !== state.id
      last = state.id
      return isOther ? { ok: true, events: [] } : decide(command, state)
    },
  }
}

/** Remembers something that is in no event. */
export function remembersOutside(): Heart {
  let started = 0
  return {
    ...heart,
    evolve: (id, state, event) => {
      const next = evolve(id, state, event)
      if (event.type !== 'started') return next
      started += 1
      return { ...next, salt: `${next.salt}-${started}` }
    },
  }
}

/** Draws new people at every stage. */
export const resalts: Heart = {
  ...heart,
  evolve: (id, state, event) => {
    const next = evolve(id, state, event)
    return event.type === 'stage-entered' ? { ...next, salt: `${next.salt}+` } : next
  },
}

/** A pause stops rollbacks too. */
export const pausesRollbacks: Heart = {
  ...heart,
  decide: (command, state) => {
    if (command.type === 'tick' && state !== null && state.pausedSince !== null)
      return { ok: true, events: [] }
    return decide(command, state)
  },
}

/** A freeze stops rollbacks too, and a hold as well. */
export const holdsRollbacks: Heart = {
  ...heart,
  decide: (command, state) => {
    if (command.type === 'tick' && state !== null && state.heldSince !== null) return { ok: true, events: [] }
    return decide(command, state)
  },
}

/** Two stages in one tick. */
export const hurries: Heart = {
  ...heart,
  decide: (command, state) => {
    const once = decide(command, state)
    if (command.type !== 'tick' || !once.ok || state === null) return once
    const stage = once.events.findLast((event) => event.type === 'stage-entered')
    const last = (state.policy?.stages.length ?? 1) - 1
    if (stage?.type !== 'stage-entered' || stage.index >= last) return once
    return { ok: true, events: [...once.events, { ...stage, index: stage.index + 1 }] }
  },
}

/** A hold goes one stage down by itself. */
export const lowersAlone: Heart = {
  ...heart,
  decide: (command, state) => {
    const once = decide(command, state)
    const held = once.ok ? once.events.find(({ type }) => type === 'held') : undefined
    if (!once.ok || held === undefined || state === null || state.stageIndex === 0) return once
    return { ok: true, events: [...once.events, { ...held, type: 'lowered', index: state.stageIndex - 1 }] }
  },
}

/** Lowers for a shared token, and for people who do not say why. */
export const lowersForNobody: Heart = {
  ...heart,
  decide: (command, state) => {
    if (command.type !== 'lower') return decide(command, state)
    const named = { ...command, reason: 'because', actor: { ...maintainer } }
    const decision = decide(named, state)
    if (!decision.ok) return decision
    const { actor, reason } = command
    return { ok: true, events: decision.events.map((event) => ({ ...event, actor, reason })) }
  },
}

/** Other users get it after it was lowered. */
export const drawsAnewWhenLowered: Heart = {
  ...heart,
  evolve: (id, state, event) => {
    const next = evolve(id, state, event)
    return event.type === 'lowered' ? { ...next, salt: `${next.salt}+` } : next
  },
}

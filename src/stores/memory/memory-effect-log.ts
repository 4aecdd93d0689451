import type { AppliedEffect, EffectLog } from '../../ports/effect-log.ts'
import { jsonCopy } from './json-copy.ts'

/** Applied effects in memory. */
export function createMemoryEffectLog(): EffectLog {
  const applied = new Map<string, AppliedEffect>()

  function inOrder(keep: (effect: AppliedEffect) => boolean): readonly AppliedEffect[] {
    return [...applied.values()].filter(keep).sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  return {
    async get(key) {
      return applied.get(key) ?? null
    },
    async put(effect) {
      applied.set(effect.key, jsonCopy(effect))
    },
    async list(prefix) {
      return inOrder((effect) => effect.key.startsWith(prefix))
    },
    async findByPlace(place) {
      const wanted = Object.entries(place)
      if (wanted.length === 0) return []
      return inOrder((effect) => wanted.every(([field, value]) => effect.place[field] === value))
    },
  }
}

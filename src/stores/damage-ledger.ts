import type { Damage, DamageLedger } from '../ports/damage.ts'

/** Known damage in memory. `say` is called once for each. */
export function createDamageLedger(say: (damage: Damage) => void = () => {}): DamageLedger {
  const known = new Map<string, Damage>()
  const keyOf = ({ kind, stream, position }: Damage) => `${kind} ${stream} ${position ?? ''}`
  return {
    note(damage) {
      const key = keyOf(damage)
      if (!known.has(key)) say(damage)
      known.set(key, damage)
    },
    mend(kind, stream) {
      let mended = false
      for (const [key, damage] of known) {
        if (damage.kind === kind && damage.stream === stream) mended = known.delete(key) || mended
      }
      return mended
    },
    all: () => [...known.values()],
  }
}

import { base32 } from '../../cohort/base32.ts'
import type { RolloutId } from '../../rollout/history/event.ts'

type Random = (count: number) => Uint8Array

/** A rollout id: `ro-` and 16 of `[a-z2-7]`, 80 bits. */
export function drawRolloutId(random: Random): RolloutId {
  return `ro-${base32(random(10))}`
}

/** A public salt of 128 bits. */
export function drawSalt(random: Random): string {
  return base32(random(16))
}

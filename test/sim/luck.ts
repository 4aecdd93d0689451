import { randomOf } from '../../src/simulate/random.ts'

/** What a seed decides. Every purpose has its own stream, so one more draw here moves nothing elsewhere. */
export interface Luck {
  chance(share: number): boolean
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  pick<Item>(items: readonly [Item, ...Item[]]): Item
  bytes(count: number): Uint8Array
}

export function luckOf(seed: number, purpose: string): Luck {
  const next = randomOf(seed, ...[...purpose].map((letter) => letter.charCodeAt(0)))
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    chance: (share) => next() < share,
    between,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    bytes: (count) => Uint8Array.from({ length: count }, () => between(0, 255)),
  }
}

/** How often things go wrong, as shares of one. */
export interface Faults {
  /** A call of GitHub that answers 5xx, or is cut off after it was done. */
  readonly forge: number
  /** A call of GitHub that is over the rate limit. */
  readonly limits: number
  /** An append that the disk refuses. */
  readonly store: number
  /** A step in which the process dies between two calls of its ports. */
  readonly crash: number
  /** A webhook that arrives nowhere; half of them GitHub knows of. */
  readonly lost: number
  readonly doubled: number
  /** A webhook or report that takes up to six hours, and so comes after later ones. */
  readonly late: number
  readonly clock: number
}

export const noFaults: Faults = {
  forge: 0,
  limits: 0,
  store: 0,
  crash: 0,
  lost: 0,
  doubled: 0,
  late: 0,
  clock: 0,
}

/** A quarter of the worlds is calm, the others are bad in ways of their own. */
export function drawFaults(seed: number): Faults {
  const luck = luckOf(seed, 'faults')
  const upTo = (percent: number) => (luck.chance(0.7) ? luck.between(1, percent) / 100 : 0)
  if (luck.chance(0.1)) return noFaults
  return {
    forge: upTo(15),
    limits: upTo(8),
    store: upTo(4),
    crash: upTo(30),
    lost: upTo(25),
    doubled: upTo(40),
    late: upTo(50),
    clock: upTo(10),
  }
}

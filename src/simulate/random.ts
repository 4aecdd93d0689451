/** Numbers in [0, 1), one after the other. */
export type Random = () => number

const TWO_TO_32 = 2 ** 32

/**
 * A stream of its own for every list of words (seed, world, purpose, ...), so that what is drawn for one thing
 * never depends on what was drawn before for another, nor on who draws: the same worlds under every policy and
 * on any number of workers. Generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded by MurmurHash3's mixing.
 *
 * @param words integers; only their low 32 bits count
 */
export function randomOf(...words: readonly number[]): Random {
  let a = mixed(words, 0x9e37_79b9)
  let b = mixed(words, 0x85eb_ca6b)
  let c = mixed(words, 0xc2b2_ae35)
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / TWO_TO_32
  }
  for (let round = 0; round < 12; round += 1) next()
  return next
}

/** A whole number 0..2^32-1 for a list of words. */
export function mixed(words: readonly number[], start: number): number {
  let hash = start | 0
  for (const word of words) {
    let part = Math.imul(word | 0, 0xcc9e_2d51)
    part = Math.imul((part << 15) | (part >>> 17), 0x1b87_3593)
    hash ^= part
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe654_6b64) | 0
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85eb_ca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** A log-normal draw: `median * exp(spread * z)`. Spread 0 gives the median. */
export function logNormal(random: Random, median: number, spread: number): number {
  // Box and Muller; 1 - u keeps the logarithm away from 0.
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return median * Math.exp(spread * radius * Math.cos(2 * Math.PI * random()))
}

/** An exponential draw with this mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

/** A share with this mean, from many small to few large: Beta(1, (1 - mean) / mean). 0 and 1 stay themselves. */
export function spreadShare(random: Random, mean: number): number {
  if (mean <= 0) return 0
  if (mean >= 1) return 1
  return 1 - (1 - random()) ** (mean / (1 - mean))
}

import { expect, it } from 'vitest'
import { judgeNetwork } from './judge-network.ts'
import { playNetwork } from './network-play.ts'

/** Rollouts of one GitHub; the lists that it keeps stay short enough to be read quickly. */
const rolloutsOfWorld = 20
/** `NETWORK_ROLLOUTS=1000` plays a thousand; `NETWORK_SEED` begins elsewhere. */
const rollouts = Number(process.env.NETWORK_ROLLOUTS ?? 10)
const firstSeed = Number(process.env.NETWORK_SEED ?? 1)

const seeds = Array.from({ length: Math.ceil(rollouts / rolloutsOfWorld) }, (_, index) => firstSeed + index)

it.each(seeds)(
  'over a network that answers for GitHub nothing is lost, doubled or untrue (seed %i)',
  { timeout: 600_000 },
  async (seed) => {
    const played = await playNetwork(seed, Math.min(rollouts, rolloutsOfWorld))
    try {
      expect(await judgeNetwork(played)).toEqual([])
      // It was hostile: nearly every kind of fault was met.
      expect(played.proxies.github.met.size).toBeGreaterThan(10)
      expect(played.written.length).toBeGreaterThan(0)
    } finally {
      await played.close()
    }
  },
)

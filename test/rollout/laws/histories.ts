import fc from 'fast-check'
import type { StreamRule } from '../../../src/gates/policy.ts'
import { isLive } from '../../../src/rollout/history/phase.ts'
import { isPrerelease } from '../../../src/versions/release.ts'
import { DAY, MINUTE, maintainer } from '../builders.ts'
import { type Heart, heart, World } from '../world.ts'
import { ACTORS, PACKAGES, pick, policyOf, prepare, publish, results, steer, train } from './history-moves.ts'
import { say, signal } from './outside-signals.ts'
import { search } from './search-moves.ts'

/** One move of a history; `a` and `b` choose among what is possible at that moment. */
export interface Move {
  readonly kind: keyof typeof WEIGHTS
  readonly a: number
  readonly b: number
}

/** How often each move is made; together they keep more than half of the commands acceptable. */
const WEIGHTS = {
  publish: 4,
  train: 1,
  join: 3,
  start: 5,
  restart: 4,
  reserve: 2,
  seal: 2,
  result: 60,
  signal: 8,
  exposure: 3,
  wait: 40,
  sleep: 1,
  approve: 12,
  advance: 6,
  pause: 2,
  lower: 2,
  resume: 5,
  rollBack: 2,
  waive: 4,
  hold: 3,
  retryCanary: 3,
  search: 5,
  withdraw: 8,
  abandon: 1,
  block: 2,
  unblock: 3,
  urgent: 1,
  catchUp: 11,
  publication: 1,
  dismiss: 5,
} as const

export const moves: fc.Arbitrary<readonly Move[]> = fc.noBias(
  fc.array(
    fc.record({
      kind: fc.oneof(
        ...Object.entries(WEIGHTS).map(([kind, weight]) => ({
          weight,
          arbitrary: fc.constant(kind as keyof typeof WEIGHTS),
        })),
      ),
      a: fc.nat(9999),
      b: fc.nat(9999),
    }),
    { minLength: 90, maxLength: 140, size: 'max' },
  ),
)

/** A world with a full release and a live candidate of every package, then all the moves; `watch` looks on after each. */
/** Pre-releases roll out beside the finals, in a channel of their own. */
const candidates: StreamRule = {
  name: 'rc',
  kind: 'prerelease',
  upTo: ['rc'],
  channels: ['rc'],
  direct: false,
  pauseDuring: null,
  after: null,
}

export function play(
  history: readonly Move[],
  under: Heart = heart,
  watch: (world: World) => void = () => {},
): World {
  const world = new World(policyOf, under)
  world.streamOf = (release) => (isPrerelease(release) ? candidates : undefined)
  for (const id of PACKAGES) {
    world.upload(`${id}@1.0.0`)
    world.upload(`${id}@1.1.0`)
    world.start([`${id}@1.1.0`])
  }
  for (const move of history) {
    world.now += (move.a % 7) * MINUTE
    make(world, move)
    watch(world)
  }
  return world
}

function make(world: World, { kind, a, b }: Move): void {
  const live = pick(world.live, a)
  const who = { actor: pick(ACTORS, b) ?? maintainer, reason: b % 5 === 0 ? '' : 'because' }
  switch (kind) {
    case 'publish':
      publish(world, a, b)
      return
    case 'train':
      train(world, b)
      return
    case 'wait':
      world.now += (b % 4) * 20 * MINUTE
      for (const state of world.live) world.tick(state.id)
      return
    case 'sleep':
      world.now += 4 * DAY
      for (const state of world.live) world.tick(state.id)
      return
    case 'start':
    case 'join':
    case 'restart':
    case 'reserve':
      prepare(world, kind, a, who)
      return
    case 'result': {
      // Evidence mostly comes for what has begun last.
      const latest = pick(world.live.slice(-3), a)
      if (latest !== undefined && isLive(latest)) results(world, latest, b)
      return
    }
    case 'withdraw':
      world.withdraw(pick(world.live, a)?.members[0]?.baseline ?? '')
      return
    case 'search':
      search(world, a, b, who)
      return
    case 'publication':
      if (live !== undefined && isLive(live)) say(world, live, b)
      return
    case 'signal':
    case 'exposure':
      if (live !== undefined && isLive(live)) signal(world, live, kind, b)
      return
    default:
      steer(world, kind, a, b, who)
  }
}

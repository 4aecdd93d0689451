import { Happenings } from './happenings.ts'
import { Judge } from './judge-world.ts'
import { SimWorld, type Wrong } from './sim-world.ts'

/** What came of a seed. */
export interface Played {
  readonly seed: number
  /** The first thing that was wrong; null: nothing was. */
  readonly broken: string | null
  readonly diary: readonly string[]
  readonly log: readonly string[]
  readonly rollouts: Readonly<Record<string, number>>
  /** Kinds of events that were stored, and `restart` and `several live` where there were any. */
  readonly seen: readonly string[]
  readonly crashes: number
}

const steps = 40
/** Longer than a rollout that makes no progress lives. */
const patienceMs = 16 * 24 * 3_600_000
const strideMs = 8 * 3_600_000

/** Plays one seed: forty steps in a bad world, then a good one until everything has come to its end. */
export async function playSeed(seed: number, wrong: Wrong | null = null): Promise<Played> {
  const world = new SimWorld(seed, wrong)
  const happenings = new Happenings(world)
  const judge = new Judge(world)
  await world.begin()
  happenings.release()
  let broken: string | null = null
  for (let step = 0; step < steps && broken === null; step += 1) {
    if (step === 1) happenings.release()
    await happenings.step()
    broken = judge.look() ?? (await judge.index())
  }
  broken ??= await settle(world, happenings, judge)
  await world.server?.close()
  const rollouts: Record<string, number> = {}
  for (const { end } of world.server?.engine.all() ?? []) {
    const kind = end?.kind ?? 'open'
    rollouts[kind] = (rollouts[kind] ?? 0) + 1
  }
  const { diary, ground, crashes } = world
  return { seed, broken, diary, log: ground.log, rollouts, seen: judge.seen(), crashes: crashes.count }
}

async function settle(world: SimWorld, happenings: Happenings, judge: Judge): Promise<string | null> {
  world.heal()
  const until = world.clock.now() + patienceMs
  while (world.clock.now() < until) {
    await happenings.finish()
    await world.turn()
    await (await world.up()).sweep()
    const broken = judge.look()
    if (broken !== null) return broken
    const open = world.server?.engine.all().some(({ end }) => end === null) ?? true
    if (!open && world.underWay === 0) break
    world.clock.pass(strideMs)
  }
  for (let last = 0; last < 3; last += 1) {
    world.clock.pass(20 * 60_000)
    await world.turn()
  }
  return judge.look() ?? judge.lastLook() ?? judge.brokenChain() ?? judge.index()
}

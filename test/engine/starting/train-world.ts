import { createWorld, ownerId, stateOf, type World, type WorldOptions } from '../world.ts'

const stages = `
    stages:
      - { percent: 0, bake: 10s }
      - { percent: 50, bake: 1h }
      - { percent: 100, bake: 10s }`

/** One package of the file, with what differs from a ladder of 0, 50 and 100 % without gates. */
export const entry = (name: string, train: string | null, more = `${stages}\n    gates: {}`) =>
  `  - package: ${name}\n${train === null ? '' : `    train: ${train}\n`}${more.slice(1)}\n`

/** A file with these packages in one train. */
export const fileOf = (...names: readonly string[]) =>
  `releases:\n${names.map((name) => entry(name, 'suite')).join('')}`

/** What a train waits for further members. */
export const settleMs = 600_001

/** 1.0.0 of each package is out; all of them belong to `acme/lib`, whose file is given. */
export async function trainWorld(
  names: readonly string[],
  file = fileOf(...names),
  options: WorldOptions = {},
): Promise<World> {
  const made = await createWorld(options)
  write(made, file)
  for (const name of names) {
    await own(made, name)
    await made.upload(`${name}@1.0.0`)
  }
  // PyPI releases are whole when no further file came for a while.
  await pass(made, 2 * settleMs)
  return made
}

export const own = (made: World, name: string, repositoryId = ownerId, repository = 'acme/lib') =>
  made.stores.access.setOwner({ package: name, repositoryId, repository })

export function write(made: World, file: string): void {
  made.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', file)
}

export async function pass(made: World, ms: number): Promise<void> {
  made.clock.pass(ms)
  await made.engine.tick()
  await made.settle()
}

export const membersOf = (made: World, release: string) =>
  stateOf(made, release)
    .members.map(({ candidate, baseline }) => `${candidate} over ${baseline}`)
    .sort()

export const percentOf = (made: World, release: string) => {
  const { policy, stageIndex, end } = stateOf(made, release)
  return end === null ? (policy?.stages[stageIndex]?.basisPoints ?? 0) / 100 : end.kind
}

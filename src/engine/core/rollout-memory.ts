import { allTries, tryOf } from '../../gates/canaries/bisect.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'

/** A started run by `repository id/run id`, so that a webhook finds its canary without looking at all rollouts. */
export interface RunPlace {
  readonly rollout: RolloutId
  readonly canary: string
  readonly try: number
  readonly arm: 'candidate' | 'baseline' | 'both'
}

/** Every rollout in memory, with the indexes that reads need. Synchronous; never touches storage. */
export interface RolloutMemory {
  get(id: RolloutId): RolloutState | null
  /** By rollout id, or by release id: then the newest rollout with that member. */
  find(id: RolloutId | ReleaseId): RolloutState | null
  rolloutsOf(id: PackageId): readonly RolloutState[]
  all(): readonly RolloutState[]
  /** Rollouts that have not ended. */
  open(): readonly RolloutState[]
  /** Rollouts that have ended and have a search for the first bad release under way. */
  searching(): readonly RolloutState[]
  runPlaces(repositoryId: string, runId: number): readonly RunPlace[]
  /** Rollouts that have this repository on their roster and have not ended, or search on it. */
  withCanary(repositoryId: string): readonly RolloutState[]
  /** The same, with those that have ended. */
  everWithCanary(repositoryId: string): readonly RolloutState[]
  put(state: RolloutState): void
}

export function createRolloutMemory(): RolloutMemory {
  const states = new Map<RolloutId, RolloutState>()
  const open = new Set<RolloutId>()
  const searching = new Set<RolloutId>()
  const byRelease = new Map<ReleaseId, RolloutId[]>()
  const byPackage = new Map<PackageId, RolloutId[]>()
  const byCanary = new Map<string, RolloutId[]>()
  const byRun = new Map<string, RunPlace[]>()
  const get = (id: RolloutId) => states.get(id) ?? null
  const resolve = (ids: readonly RolloutId[] = []) => ids.map(get).filter((state) => state !== null)

  function put(state: RolloutState): void {
    const before = get(state.id)
    states.set(state.id, state)
    if (state.end === null) open.add(state.id)
    else open.delete(state.id)
    if (state.end !== null && state.searching.length > 0) searching.add(state.id)
    else searching.delete(state.id)
    if (before?.members.length !== state.members.length) {
      for (const { candidate } of state.members) {
        addOnce(byRelease, candidate, state.id)
        addOnce(byPackage, packageIdOf(candidate), state.id)
      }
    }
    if (before?.startedAt !== state.startedAt) {
      for (const canary of Object.keys(state.canaries)) addOnce(byCanary, canary, state.id)
    }
    if (before?.canaries !== state.canaries) indexRuns(byRun, before, state)
  }

  return {
    get,
    find: (id) => get(id) ?? get(byRelease.get(id)?.at(-1) ?? ''),
    rolloutsOf: (id) => resolve(byPackage.get(id)).reverse(),
    all: () => [...states.values()],
    open: () => resolve([...open]),
    searching: () => resolve([...searching]),
    runPlaces: (repositoryId, runId) => byRun.get(`${repositoryId}/${runId}`) ?? [],
    withCanary: (repositoryId) =>
      resolve(byCanary.get(repositoryId)).filter(
        (state) => state.end === null || state.searching.includes(repositoryId),
      ),
    everWithCanary: (repositoryId) => resolve(byCanary.get(repositoryId)),
    put,
  }
}

/** Ids are added in the order in which rollouts were reserved, so the last one is the newest. */
function addOnce(index: Map<string, RolloutId[]>, key: string, id: RolloutId): void {
  const ids = index.get(key)
  if (ids === undefined) index.set(key, [id])
  else if (!ids.includes(id)) ids.push(id)
}

function indexRuns(index: Map<string, RunPlace[]>, before: RolloutState | null, state: RolloutState): void {
  for (const [canary, facts] of Object.entries(state.canaries)) {
    const known = before?.canaries[canary]
    if (known?.tries === facts.tries && known.bisect?.tries === facts.bisect?.tries) continue
    for (const { number, dispatches } of allTries(facts)) {
      if (known !== undefined && tryOf(known, number)?.dispatches === dispatches) continue
      for (const { arm, runId } of Object.values(dispatches)) {
        if (runId === null) continue
        const place = { rollout: state.id, canary, try: number, arm }
        const key = `${canary}/${runId}`
        const places = index.get(key) ?? []
        const same = places.some(
          (one) => one.rollout === place.rollout && one.try === number && one.arm === arm,
        )
        if (!same) index.set(key, [...places, place])
      }
    }
  }
}

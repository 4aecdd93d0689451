import { allTries, tryOf } from '../../gates/canaries/bisect.ts'
import type { ArchivedPackage } from '../../ports/rollout-archive.ts'
import type { RolloutId } from '../../rollout/history/event.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { rolloutOf } from '../../rollout/starting/line-history.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { ColdRollouts } from '../past/cold-rollouts.ts'

/** A started run by `repository id/run id`, so that a webhook finds its canary without looking at all rollouts. */
export interface RunPlace {
  readonly rollout: RolloutId
  readonly canary: string
  readonly try: number
  readonly arm: 'candidate' | 'baseline' | 'both'
}

/**
 * Every rollout, with the indexes that reads need. Synchronous; never touches storage. Ended ones are packed
 * (`ColdRollouts`) and unpacked for whoever asks for them by name.
 */
export interface RolloutMemory {
  get(id: RolloutId): RolloutState | null
  /** By rollout id, or by release id: then the newest live rollout with that member, else what speaks for it. */
  find(id: RolloutId | ReleaseId): RolloutState | null
  rolloutsOf(id: PackageId): readonly RolloutState[]
  /** Not packed: open ones, and those that ended a while ago at most. */
  awake(): RolloutState[]
  /** Rollouts that have not ended. */
  open(): readonly RolloutState[]
  /** Those of them that cannot do without releases which were still rolling out when they began. */
  floored(): readonly RolloutState[]
  /** Rollouts that have ended and have a search for the first bad release under way. */
  searching(): readonly RolloutState[]
  runPlaces(repositoryId: string, runId: number): readonly RunPlace[]
  /** Rollouts that have this repository on their roster and have not ended, or search on it. */
  withCanary(repositoryId: string): readonly RolloutState[]
  /** The same, with those that have ended. */
  everWithCanary(repositoryId: string): readonly RolloutState[]
  put(state: RolloutState): void
  /** What has ended is packed from now on. */
  retire(packages: readonly ArchivedPackage[], ids: readonly RolloutId[]): void
}

export function createRolloutMemory(cold: ColdRollouts): RolloutMemory {
  const states = new Map<RolloutId, RolloutState>()
  const open = new Set<RolloutId>()
  const floored = new Set<RolloutId>()
  const searching = new Set<RolloutId>()
  const byPackage = new Map<PackageId, RolloutId[]>()
  const byCanary = new Map<string, RolloutId[]>()
  const byRun = new Map<string, RunPlace[]>()
  const get = (id: RolloutId) => states.get(id) ?? cold.get(id)
  const resolve = (ids: readonly RolloutId[] = []) => ids.map(get).filter((state) => state !== null)

  function put(state: RolloutState): void {
    const before = states.get(state.id) ?? null
    cold.forget(state.id)
    states.set(state.id, state)
    if (state.end === null) open.add(state.id)
    else open.delete(state.id)
    if (state.end === null && state.floors.length > 0) floored.add(state.id)
    else floored.delete(state.id)
    if (state.end !== null && state.searching.length > 0) searching.add(state.id)
    else searching.delete(state.id)
    if (before?.members.length !== state.members.length) {
      for (const { candidate } of state.members) {
        addOnce(byPackage, packageIdOf(candidate), state.id)
      }
    }
    if (before?.startedAt !== state.startedAt) {
      for (const canary of Object.keys(state.canaries)) addOnce(byCanary, canary, state.id)
    }
    if (before?.canaries !== state.canaries) indexRuns(byRun, before, state)
  }

  function rolloutsOf(id: PackageId): readonly RolloutState[] {
    const ended = cold.ofPackage(id).filter((state) => cold.has(state.id))
    const awake = resolve(byPackage.get(id))
    return (ended.length === 0 ? awake : [...ended, ...awake].sort(byReservation)).reverse()
  }

  return {
    get,
    find: (id) => (id.startsWith('ro-') ? get(id) : rolloutOf(rolloutsOf(packageIdOf(id)), id)),
    rolloutsOf,
    awake: () => [...states.values()],
    open: () => resolve([...open]),
    floored: () => resolve([...floored]),
    searching: () => resolve([...searching]),
    runPlaces: (repositoryId, runId) => byRun.get(`${repositoryId}/${runId}`) ?? [],
    withCanary: (repositoryId) =>
      resolve(byCanary.get(repositoryId)).filter(
        (state) => state.end === null || state.searching.includes(repositoryId),
      ),
    everWithCanary: (repositoryId) => resolve(byCanary.get(repositoryId)),
    put,
    retire(packages, ids) {
      for (const entry of packages) cold.put(entry)
      for (const id of ids) {
        const state = states.get(id)
        states.delete(id)
        if (state === undefined) continue
        for (const { candidate } of state.members) removeFrom(byPackage, packageIdOf(candidate), id)
        for (const canary of Object.keys(state.canaries)) removeFrom(byCanary, canary, id)
        removeRuns(byRun, state)
      }
    },
  }
}

function byReservation(left: RolloutState, right: RolloutState): number {
  return left.reservedAt - right.reservedAt
}

/** Ids are added in the order in which rollouts were reserved, so the last one is the newest. */
function addOnce(index: Map<string, RolloutId[]>, key: string, id: RolloutId): void {
  const ids = index.get(key)
  if (ids === undefined) index.set(key, [id])
  else if (!ids.includes(id)) ids.push(id)
}

function removeFrom(index: Map<string, RolloutId[]>, key: string, id: RolloutId): void {
  const left = index.get(key)?.filter((other) => other !== id) ?? []
  if (left.length === 0) index.delete(key)
  else index.set(key, left)
}

function removeRuns(index: Map<string, RunPlace[]>, state: RolloutState): void {
  for (const [canary, facts] of Object.entries(state.canaries)) {
    for (const { runId } of allTries(facts).flatMap(({ dispatches }) => Object.values(dispatches))) {
      const key = `${canary}/${runId}`
      const left = index.get(key)?.filter(({ rollout }) => rollout !== state.id) ?? []
      if (left.length === 0) index.delete(key)
      else index.set(key, left)
    }
  }
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

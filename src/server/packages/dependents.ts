import { dependenciesOf } from '../../catalog/dependencies.ts'
import {
  askedBefore,
  asksOnlyFor,
  brokenBy,
  type Dependent,
  hiddenFloor,
  needsHidden,
} from '../../catalog/dependency-floors.ts'
import { exposuresOf } from '../../catalog/views/exposure.ts'
import { ecosystemOf, packageViews } from '../../catalog/views/package-views.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import type { PackageRecord, PackageStore } from '../../ports/package-store.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { rolloutOf } from '../../rollout/starting/line-history.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'

/** Who needs whom among the packages hosted here, out of the metadata that the index serves. */
export interface Dependents {
  /** Versions that need a package, by package and in the order in which they were published. */
  of(id: PackageId): Promise<readonly Dependent[]>
  /** What people should know before clients find out: needs that only staged versions satisfy. */
  warnings(state: RolloutState, mayRead?: (id: PackageId) => boolean): Promise<readonly string[]>
  /** To be called after each change of a package's record. */
  changed(id: PackageId): void
}

/** Reads every package once, when somebody first asks, and a changed one again. */
export function createDependents({
  packages,
  engine,
}: {
  readonly packages: PackageStore
  readonly engine: Pick<RolloutReader, 'rolloutsOf'>
}): Dependents {
  /** By package: what its versions need. */
  const needs = new Map<PackageId, readonly (Dependent & { readonly on: PackageId })[]>()
  const changed = new Set<PackageId>()
  let whole: Promise<void> | null = null
  const take = async (id: PackageId) => {
    const record = await packages.get(id)
    if (record === null) needs.delete(id)
    else needs.set(id, needsOf(record))
  }
  const readAll = async () => {
    for (const ecosystem of ['npm', 'pypi']) {
      for (const id of await packages.list(ecosystem)) await take(id)
    }
  }
  const ready = async () => {
    whole ??= readAll().catch((error: unknown) => {
      whole = null
      throw error
    })
    await whole
    for (const id of [...changed]) {
      changed.delete(id)
      await take(id)
    }
  }
  const of = async (id: PackageId) => {
    await ready()
    return [...needs.keys()]
      .sort()
      .flatMap((name) => needs.get(name) ?? [])
      .filter(({ on }) => on === id)
      .map(({ on: _, ...dependent }) => dependent)
  }
  return {
    of,
    changed: (id) => void changed.add(id),
    warnings: (state, mayRead = () => true) => warningsOf({ packages, engine, of, mayRead }, state),
  }
}

function needsOf(record: PackageRecord): readonly (Dependent & { readonly on: PackageId })[] {
  return Object.values(record.versions)
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .flatMap((version) =>
      dependenciesOf(ecosystemOf(record), version).map(({ package: on, range, optional }) => ({
        release: `${record.id}@${version.version}`,
        range,
        optional,
        on,
      })),
    )
}

interface Known {
  readonly packages: Pick<PackageStore, 'get'>
  readonly engine: Pick<RolloutReader, 'rolloutsOf'>
  readonly of: Dependents['of']
  readonly mayRead: (id: PackageId) => boolean
}

/** Both directions, for every member of a rollout; one that is complete has needs as well, as a first release is at once. */
async function warningsOf(known: Known, state: RolloutState): Promise<readonly string[]> {
  if (state.end !== null && state.end.kind !== 'completed') return brokenDependents(known, state)
  const together = state.members.map(({ candidate }) => candidate)
  const sentences: string[] = []
  for (const candidate of together) {
    const id = packageIdOf(candidate)
    const record = await known.packages.get(id)
    const version = ownEntry(record?.versions ?? {}, candidate.slice(id.length + 1))
    if (record === null || version === undefined) continue
    for (const dependency of dependenciesOf(ecosystemOf(record), version)) {
      const isTold = !dependency.optional && known.mayRead(dependency.package)
      const views = !isTold ? null : await viewsOf(known, dependency.package)
      const floor = views && hiddenFloor(views, dependency.range, together)
      if (floor) sentences.push(needsHidden(candidate, dependency, floor))
    }
    const own = packageViews(record, exposuresOf(id, known.engine.rolloutsOf(id)))
    for (const dependent of await newestOf(known, id)) {
      if (dependent.optional || together.includes(dependent.release)) continue
      if (!known.mayRead(packageIdOf(dependent.release))) continue
      const floor = hiddenFloor(own, dependent.range, [])
      if (floor?.release === candidate && floor.hiddenAs === 'rolling out')
        sentences.push(askedBefore(candidate, dependent))
      else if (isOffered(known, dependent.release) && asksOnlyFor(own, dependent.range, [candidate]))
        sentences.push(brokenBy(candidate, dependent, false))
    }
  }
  return sentences
}

/** Who is left without what it needs, now that a rollout was taken back. */
async function brokenDependents(known: Known, state: RolloutState): Promise<readonly string[]> {
  if (state.end?.kind !== 'rolled-back') return []
  const together = state.members.map(({ candidate }) => candidate)
  const sentences: string[] = []
  for (const candidate of together) {
    const views = await viewsOf(known, packageIdOf(candidate))
    if (views === null) continue
    for (const dependent of await newestOf(known, packageIdOf(candidate))) {
      const { release, range, optional } = dependent
      if (optional || together.includes(release) || !known.mayRead(packageIdOf(release))) continue
      if (!isOffered(known, release) || hiddenFloor(views, range, [])?.release !== candidate) continue
      sentences.push(brokenBy(candidate, dependent, true))
    }
  }
  return sentences
}

/** Whether somebody is shown a release, or will be: it is under way, complete, or came without a rollout. */
function isOffered({ engine }: Known, release: ReleaseId): boolean {
  const state = rolloutOf(engine.rolloutsOf(packageIdOf(release)), release)
  return state === null || state.end === null || state.end.kind === 'completed'
}

async function viewsOf({ packages, engine }: Known, id: PackageId) {
  const record = await packages.get(id)
  return record && packageViews(record, exposuresOf(id, engine.rolloutsOf(id)))
}

/** The newest version of each dependent: what older ones asked for was so before. */
async function newestOf({ of }: Known, id: PackageId): Promise<readonly Dependent[]> {
  const newest = new Map<PackageId, Dependent>()
  for (const dependent of await of(id)) newest.set(packageIdOf(dependent.release), dependent)
  return [...newest.values()]
}

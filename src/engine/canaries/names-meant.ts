import type { MetName } from '../../ports/offer-store.ts'
import type { PackageId } from '../../versions/release.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { EngineParts } from '../core/engine-parts.ts'

/** A repository is deleted and made anew by the same people, too: after this long its name may mean another one. */
const meantForMs = 180 * 24 * 3_600_000
/** How often it is written down anew that a name is still in use. */
const notedEveryMs = 24 * 3_600_000
/** Names of one policy that are looked up at most. */
const mostNames = 200

/**
 * Remembers which repository a name stands for. The one that was met first under a name keeps it until it was not met for
 * half a year: who takes a name that became free takes no trust with it.
 */
export async function noteName(
  { offers, clock, log }: Pick<EngineParts, 'offers' | 'clock' | 'log'>,
  fullName: string,
  repositoryId: string,
): Promise<void> {
  const name = fullName.toLowerCase()
  const now = clock.now()
  const known = await offers.nameOf(name)
  if (known !== null && known.repositoryId !== repositoryId && isMeant(known, now)) {
    const before = known.repositoryId
    return log.warn('a name means another repository than before', { fullName, repositoryId, before })
  }
  const same = known?.repositoryId === repositoryId
  if (same && known.metAt > now - notedEveryMs) return
  await offers.putName({ name, repositoryId, metAt: now })
}

/** Looks up the repositories that an owner's policy names, as long as they are those that it means. */
export async function noteNamed(parts: EngineParts, names: readonly string[]): Promise<void> {
  const { forge, offers, clock } = parts
  if (forge === null) return
  for (const fullName of names.slice(0, mostNames)) {
    const known = await offers.nameOf(fullName.toLowerCase())
    if (known !== null && isMeant(known, clock.now())) continue
    const found = await forge.repository(fullName)
    if (found.ok) await noteName(parts, fullName, found.value.id)
  }
}

/**
 * The repositories that names stood for, by name in small letters: as rollouts of these packages had them, and as they were
 * met at all.
 */
export async function namesMeant(
  { memory, parts }: Pick<EngineCore, 'memory' | 'parts'>,
  packages: readonly PackageId[],
): Promise<ReadonlyMap<string, string>> {
  const now = parts.clock.now()
  const meant = new Map<string, string>()
  for (const met of await parts.offers.names()) if (isMeant(met, now)) meant.set(met.name, met.repositoryId)
  for (const state of packages.flatMap((id) => memory.rolloutsOf(id))) {
    if ((state.startedAt ?? 0) < now - meantForMs) continue
    for (const { entry } of Object.values(state.canaries)) {
      if (entry.admission !== 'none') meant.set(entry.repo.toLowerCase(), entry.id)
    }
  }
  return meant
}

const isMeant = ({ metAt }: MetName, now: number) => metAt >= now - meantForMs

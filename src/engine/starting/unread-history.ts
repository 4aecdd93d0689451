import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import type { Member } from '../../rollout/history/event.ts'
import { packageIdOf, type ReleaseId } from '../../versions/release.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { EngineCore } from '../core/engine-core.ts'

/**
 * Why releases without a baseline must not begin: a first release is visible to all, so a history that is
 * damaged or gone must never look like none. Null where each of them really is the first.
 */
export async function unreadHistory(
  core: Pick<EngineCore, 'memory' | 'broken' | 'parts' | 'distrust'>,
  members: readonly Member[],
): Promise<Refusal | null> {
  const { why: lost } = core.distrust
  if (lost !== null) {
    const why = `The log of this server is not what it was (${lost}), so nothing begins.`
    return refuse(
      'blocked',
      why,
      'release',
      members[0]?.candidate ?? '',
      'a restored log, or a loss that an operator accepts',
    )
  }
  for (const { candidate, baseline } of members) {
    if (baseline !== null) continue
    const damaged = core.memory.rolloutsOf(packageIdOf(candidate)).find(({ id }) => core.broken.has(id))
    const lost = damaged === undefined ? await withoutHistory(core, candidate) : null
    if (damaged === undefined && lost === null) continue
    const why =
      damaged === undefined
        ? `The history of ${lost} is gone, so it cannot be told what this release is to be compared with.`
        : `The history of ${damaged.members[0]?.candidate ?? damaged.id} is damaged, so it cannot be told what this release is to be compared with.`
    const expected = 'a whole history of the package; an operator has to restore it'
    return refuse('blocked', why, 'release', candidate, expected)
  }
  return null
}

/** A hosted final of the same package that no rollout is known of: none comes without one. */
async function withoutHistory(
  core: Pick<EngineCore, 'memory' | 'parts'>,
  candidate: ReleaseId,
): Promise<ReleaseId | null> {
  const id = packageIdOf(candidate)
  const known = new Set(
    core.memory.rolloutsOf(id).flatMap(({ members }) => members.map((member) => member.candidate)),
  )
  const { isPrerelease } = schemeOf(id.startsWith('npm:') ? 'npm' : 'pypi')
  const record = await core.parts.packages.get(id)
  for (const { version, files, released } of Object.values(record?.versions ?? {})) {
    const release = `${id}@${version}`
    if (files.length > 0 && released !== true && !isPrerelease(version) && !known.has(release)) return release
  }
  return null
}

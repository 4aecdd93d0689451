import { isStillOffered, missingWheels, runsWhere, tagsOf, type WheelTag } from '../../versions/wheel-tags.ts'
import type { FindingList, ReleaseFile } from '../contents.ts'

/** Platforms, Pythons and the source archive that the baseline had files for and the candidate has none. */
export function comparePlatforms(
  before: readonly ReleaseFile[],
  after: readonly ReleaseFile[],
  requiresPython: string | null,
  found: FindingList,
): void {
  const isSdist = ({ name }: ReleaseFile) => /\.(tar\.gz|zip|tar\.bz2)$/.test(name)
  if (before.some(isSdist) && after.length > 0 && !after.some(isSdist))
    found.add('sdist-lost', before.find(isSdist)?.name ?? '')
  const old = before.flatMap(({ name }) => tagsOf(name))
  const now = after.flatMap(({ name }) => tagsOf(name))
  if (old.length === 0 || after.length === 0) return
  const names = (files: readonly ReleaseFile[]) => files.map(({ name }) => name)
  const raised = new Set<string>()
  for (const tag of old) {
    if (!isStillOffered(tag, requiresPython)) continue
    const fitting = now.filter((one) => runsWhere(one, tag))
    if (
      fitting.length > 0 &&
      tag.level > 0 &&
      leastLevel(old, tag) === tag.level &&
      Math.min(...fitting.map(({ level }) => level)) > tag.level
    )
      raised.add(`${tag.python} ${tag.place} ${sayLevel(tag)}`)
  }
  // Without any wheel left, everything is built; then it is one loss and not fifty.
  found.add('wheels-lost', ...missingWheels(names(before), names(after), requiresPython))
  found.add('manylinux-level-lost', ...raised)
}

const leastLevel = (tags: readonly WheelTag[], like: WheelTag): number =>
  Math.min(...tags.filter((tag) => runsWhere(tag, like)).map(({ level }) => level))

const sayLevel = ({ level, place }: WheelTag): string =>
  `${place.startsWith('musl') ? 'musl' : 'glibc'} ${Math.floor(level / 1000)}.${level % 1000}`

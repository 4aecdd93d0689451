import { admits, pythonNumber } from './python-versions.ts'

/** One of the tags of a wheel: where it runs. */
export interface WheelTag {
  readonly python: string
  readonly abi: string
  /** Where it runs: `linux x86_64`, `musl aarch64`, `macos arm64`, `win amd64`, or `any`. */
  readonly place: string
  /** Of Linux: least glibc or musl, as a number; 0 elsewhere. */
  readonly level: number
}

const namedLevels: Readonly<Record<string, number>> = {
  manylinux1: 2005,
  manylinux2010: 2012,
  manylinux2014: 2017,
}

/** The tags in a wheel's name (binary distribution format); none for other files. */
export function tagsOf(name: string): readonly WheelTag[] {
  if (!name.endsWith('.whl')) return []
  const [pythons = '', abis = '', platforms = ''] = name.slice(0, -4).split('-').slice(-3)
  return pythons
    .split('.')
    .flatMap((python) =>
      abis
        .split('.')
        .flatMap((abi) => platforms.split('.').map((platform) => ({ python, abi, ...placeOf(platform) }))),
    )
}

function placeOf(platform: string): Pick<WheelTag, 'place' | 'level'> {
  const linux = /^(many|musl)linux_(\d+)_(\d+)_(.+)$/.exec(platform)
  if (linux !== null)
    return {
      place: `${linux[1] === 'musl' ? 'musl' : 'linux'} ${linux[4]}`,
      level: Number(linux[2]) * 1000 + Number(linux[3]),
    }
  const named = /^(manylinux(?:1|2010|2014))_(.+)$/.exec(platform)
  if (named?.[1] !== undefined) return { place: `linux ${named[2]}`, level: namedLevels[named[1]] ?? 0 }
  const mac = /^macosx_\d+_\d+_(.+)$/.exec(platform)
  if (mac !== null) return { place: `macos ${mac[1]}`, level: 0 }
  return { place: platform.replace('_', ' '), level: 0 }
}

/** A Python that the candidate says it no longer supports takes its wheels with it. */
export function isStillOffered({ python, abi }: WheelTag, requiresPython: string | null): boolean {
  const found = /^cp(\d)(\d+)$/.exec(python)
  if (found?.[1] === undefined || found[2] === undefined) return python !== 'pp' && !python.startsWith('pp')
  if (abi.endsWith('t') && abi !== 'none') return false
  return admits(requiresPython, `${found[1]}.${found[2]}`)
}

/** Whether what one tag stands for runs where another one does. */
export function runsWhere(tag: WheelTag, wanted: WheelTag): boolean {
  if (tag.place !== 'any' && tag.place !== wanted.place && !isUniversal(tag, wanted)) return false
  if (tag.python === wanted.python || /^py[23]/.test(tag.python)) return true
  const own = /^cp(\d)(\d+)$/.exec(tag.python)
  const other = /^(?:cp|py)(\d)(\d*)$/.exec(wanted.python)
  if (own === null || other === null || tag.abi !== 'abi3') return false
  return other[2] !== '' && pythonNumber(`${other[1]}.${other[2]}`) >= pythonNumber(`${own[1]}.${own[2]}`)
}

/** Both halves of what was one universal wheel. */
export const isSplit = (tags: readonly WheelTag[], wanted: WheelTag): boolean =>
  wanted.place === 'macos universal2' &&
  ['macos x86_64', 'macos arm64'].every((place) => tags.some((tag) => runsWhere(tag, { ...wanted, place })))

const isUniversal = (tag: WheelTag, wanted: WheelTag): boolean =>
  tag.place === 'macos universal2' && wanted.place.startsWith('macos ')

/**
 * The Pythons and platforms (`cp312 macos arm64`) that one release has wheels for and another one, of which these are
 * the files, has none; sorted. Nothing where the one has no wheels or the other no file at all.
 */
export function missingWheels(
  before: readonly string[],
  after: readonly string[],
  requiresPython: string | null,
): readonly string[] {
  const [old, now] = [before.flatMap(tagsOf), after.flatMap(tagsOf)]
  if (old.length === 0 || after.length === 0) return []
  const lost = old.filter(
    (tag) =>
      isStillOffered(tag, requiresPython) && !now.some((one) => runsWhere(one, tag)) && !isSplit(now, tag),
  )
  return [...new Set(lost.map(({ python, place }) => `${python} ${place}`))].sort()
}

import type { Ecosystem } from './version-scheme.ts'

/** What the numbers of two versions promise, or what their files turn out to be. */
export type ChangeKind = 'major' | 'minor' | 'patch'

const greatestFirst: readonly ChangeKind[] = ['major', 'minor', 'patch']

/** The greatest of several kinds; patch of none. */
export function greatestKind(kinds: readonly ChangeKind[]): ChangeKind {
  return greatestFirst.find((kind) => kinds.includes(kind)) ?? 'patch'
}

/**
 * What the numbers of two versions promise. On npm the first number above zero is the one that breaks, as ranges
 * with `^` have it; on PyPI nothing says so, and `0.28` is a minor release after `0.27`.
 */
export function changeKind(ecosystem: Ecosystem, before: string, after: string): ChangeKind {
  const [old, now] = [numbersOf(before), numbersOf(after)]
  if (old[0] !== now[0] || old[3] !== now[3]) return 'major'
  if (old[1] !== now[1]) return ecosystem === 'npm' && now[0] === 0 ? 'major' : 'minor'
  return 'patch'
}

/** The first three numbers and the epoch. */
function numbersOf(version: string): readonly [number, number, number, number] {
  const [, epoch = '0', rest = ''] = /^v?(?:(\d+)!)?(.*)$/.exec(version) ?? []
  const [major = 0, minor = 0, patch = 0] = rest.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0)
  return [major, minor, patch, Number(epoch)]
}

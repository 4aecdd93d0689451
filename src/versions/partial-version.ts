import semver from 'semver'

/** A version without its last parts, which stands for the newest full release that begins with it. */
export interface PartialVersion {
  readonly major: number
  /** Null: any minor version. */
  readonly minor: number | null
}

/** Reads `v1` and `v1.2`, also without the `v`; null for everything else, full versions and ranges included. */
export function parsePartialVersion(text: string): PartialVersion | null {
  const match = /^v?(0|[1-9]\d{0,8})(?:\.(0|[1-9]\d{0,8}))?$/.exec(text)
  if (match?.[1] === undefined) return null
  return { major: Number(match[1]), minor: match[2] === undefined ? null : Number(match[2]) }
}

/** The floating names of a semver version in normal form: `v1` and `v1.2` of `1.2.3`. */
export function floatingNames(version: string): readonly string[] {
  const { major, minor } = new semver.SemVer(version)
  return [`v${major}`, `v${major}.${minor}`]
}

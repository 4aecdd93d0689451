import semver from 'semver'
import { mostRangeCharacters } from './version-range.ts'

/**
 * What npm, pnpm and Yarn take a text for that is no version in normal form (`02.0.0`, `1.2.3beta`, `v1.0.0`): they
 * read loosely. Null for what they pass over.
 */
export function looseVersion(text: string): string | null {
  return semver.valid(text, { loose: true })
}

/**
 * Whether a client may take a tag of this name for a version or a range, or a range for this tag: some look for a tag
 * before they read a range (Yarn 1), and they read loosely. So is what is too long to be read.
 */
export function isRangeLike(tag: string): boolean {
  return tag.length > mostRangeCharacters || semver.validRange(tag, { loose: true }) !== null
}

import type { Visibility } from './package-views.ts'
import { hiddenSentence, lateReason, unreadReason } from './staged-reason.ts'

/** Something that a document lists: a version, or one of its files. */
export interface Listed {
  /** Normal form; null where nobody can read it. */
  readonly version: string | null
  /** Of a file. */
  readonly name?: string
}

/** How a package's index words things. */
export interface HidingContext {
  /** A rule stages the package, or it is hosted here: what cannot be read is hidden. */
  readonly staged: boolean
  /** Where people read about the rollout of a version. */
  readonly statusUrl: (version: string) => string
}

/**
 * Why a view hides something, in the words that clients print; null where it is shown. Every document asks here, of
 * hosted packages and of those of other indexes, in whichever form.
 */
export function whyHidden(
  { version, name }: Listed,
  { hidden, hiddenBecause, lateFiles }: Visibility,
  { staged, statusUrl }: HidingContext,
): string | null {
  if (version === null) return staged ? unreadReason : null
  if (hidden.has(version)) return hiddenSentence(hiddenBecause?.get(version), statusUrl(version))
  return name !== undefined && lateFiles?.has(name) === true ? lateReason : null
}

/** The package ecosystems Slipway knows. */
export type Ecosystem = 'pypi' | 'npm'

/** How wide a line is: `line` in a policy. */
export type LineWidth = 'minor' | 'major' | 'package'

/**
 * How one ecosystem reads and orders versions. Every function except `normalize` takes versions in
 * normal form, as `normalize` returned them.
 */
export interface VersionScheme {
  readonly ecosystem: Ecosystem
  /** What counts as a version, as a phrase for messages. */
  readonly expected: string
  /** The normal form, or null when the text is no version of this scheme. */
  normalize(text: string): string | null
  /** Negative, zero or positive, in the ecosystem's own order. */
  compare(a: string, b: string): number
  /** True for anything that is not a final release (alpha, beta, rc, dev; semver prerelease). */
  isPrerelease(version: string): boolean
  /**
   * The word of a pre-release (`b`, `rc`; npm: `beta`, `rc`), null for a final. Empty where it has none of its own:
   * a development release, or a semver one that is only numbered.
   */
  preReleaseLabel(version: string): string | null
  /** A written word as `preReleaseLabel` gives it: on PyPI `beta` is `b`. */
  normalizeLabel(word: string): string
  /** The final that a pre-release leads to; a final itself, without what comes after its numbers. */
  finalOf(version: string): string
  /**
   * The line: what releases share that replace each other. `minor`: epoch and first two numbers (`3.9`, `1!2.0`,
   * `0.4`); `major`: epoch and first number, below 1 the first two (`3`, `0.4`); `package`: all of them are one (`*`).
   */
  lineOf(version: string, width: LineWidth): string
  /** Without the local part of PEP 440 (`2.1+cpu` is `2.1`): builds of one public version, none newer than another. */
  publicOf(version: string): string
  /** What counts as a range of versions, as a phrase for messages. */
  readonly expectedRange: string
  /** Whether a version is in a range, pre-releases by their place in the order; null when the text is no range. */
  satisfies(version: string, range: string): boolean | null
}

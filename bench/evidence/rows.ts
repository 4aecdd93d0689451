import { readFileSync } from 'node:fs'

/** A release of PyPI that broke people, verified by installs. See bad-releases.json for how a row is run. */
export interface PypiRow {
  readonly id: string
  readonly kind: string
  readonly package: string
  readonly good: string
  readonly bad: string
  readonly excludeNewer: string
  readonly python: string
  readonly broke: string
  readonly dependent: {
    readonly install: readonly string[]
    readonly command: string
    readonly goodVersion: string
  }
}

/** A release of npm that broke people, verified by installs. */
export interface NpmRow {
  readonly id: string
  readonly kind: string
  readonly package: string
  readonly good: string
  readonly bad: string
  readonly before: string
  readonly broke: string
  readonly dependent: string | null
  readonly with: readonly string[]
}

/** An ordinary release of npm: nobody complained. */
export interface NpmGoodPair {
  readonly package: string
  readonly from: string
  readonly to: string
}

interface Rows {
  readonly pypi: { readonly rows: readonly PypiRow[] }
  readonly npm: { readonly rows: readonly NpmRow[]; readonly goodPairs: readonly NpmGoodPair[] }
}

/** The rows of a data file of the shape of `bad-releases.json`. */
export const readRows = (path: string): Rows => JSON.parse(readFileSync(path, 'utf8')) as Rows

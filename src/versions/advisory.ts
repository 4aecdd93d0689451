import { schemeOf } from './scheme-of.ts'
import type { Ecosystem } from './version-scheme.ts'

/** A known weakness of some versions of one package. */
export interface Advisory {
  /** `GHSA-…`, `CVE-…` or any other name people look it up by. */
  readonly id: string
  /** The versions that have it, as a range in the ecosystem's own words. */
  readonly affected: string
  readonly summary: string
  readonly url: string | null
  /** As its source says it, e.g. `high`; absent where it says nothing. */
  readonly severity?: string
}

/** Whether a version (in normal form) has what the advisory names. A range that cannot be read tells nothing: false. */
export function affects(advisory: Advisory, ecosystem: Ecosystem, version: string): boolean {
  return schemeOf(ecosystem).satisfies(version, advisory.affected) === true
}

/** Whether the advisory says for certain that a version is free of it. */
export function spares(advisory: Advisory, ecosystem: Ecosystem, version: string): boolean {
  return schemeOf(ecosystem).satisfies(version, advisory.affected) === false
}

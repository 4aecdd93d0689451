import type { ChangeKind } from '../../versions/change-kind.ts'
import type { ReleaseId } from '../../versions/release.ts'
import type { FindingLevel } from './finding-levels.ts'

/** One thing that a candidate changes against its baseline, by the files of both. */
export interface ContentsFinding {
  /** As docs/findings.md lists them. */
  readonly code: string
  readonly level: FindingLevel
  /** Sorted, at most 50; the others are counted in `more`. May hold hostile text, as all of it. */
  readonly what: readonly string[]
  readonly more: number
  /** Names the cause, for people. */
  readonly sentence: string
  readonly usedBy: readonly { readonly release: string; readonly where: string }[]
}

/** What comparing the files of one candidate with those of its baseline showed. */
export interface ContentsFact {
  readonly release: ReleaseId
  readonly baseline: ReleaseId
  readonly change: ChangeKind
  /** The pair of files that was read. */
  readonly files: readonly (readonly [before: string, after: string])[]
  readonly findings: readonly ContentsFinding[]
  /** What could not be read, and why; never taken for absent. */
  readonly unread: readonly { readonly file: string; readonly why: string }[]
  /** Last writer wins by this time; ties go to the greater JSON. */
  readonly at: number
}

/** A named person's answer to a finding, given before or after it was found. */
export interface FindingAnswer {
  readonly code: string
  /** The one thing it is about; null: all that the code found. */
  readonly what: string | null
  readonly by: string
  /** `publish`: who publishes answered beforehand, which settles questions and no more. */
  readonly permission: 'publish' | 'write' | 'maintain' | 'admin'
  readonly at: number
  readonly reason: string
}

/** All that is known of a rollout's files. */
export interface ContentsFacts {
  /** Whether the files of candidate and baseline are compared before anybody gets it. */
  readonly compares: boolean
  /** By candidate. */
  readonly contents: Readonly<Record<string, ContentsFact>>
  readonly findingAnswers: readonly FindingAnswer[]
}

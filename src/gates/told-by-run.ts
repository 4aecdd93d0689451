/** What a run says of itself beside how its arms ended (DESIGN.md 6, report v2); words of others, shown as text only. */
export interface ToldByRun {
  /** What was tested, where that is not the repository itself. */
  readonly subject?: string
  readonly order?: 'baseline-first' | 'candidate-first'
  readonly seconds?: number
  /** By name, where the run knows its tests: at most 1,000 that failed. */
  readonly tests?: {
    readonly total: number
    readonly failed: readonly { readonly name: string; readonly error?: string | undefined }[]
    readonly truncated: boolean
  }
  /** Why the candidate arm has no candidate, although the project would get the release. */
  readonly notExercised?: NotExercised
}

export interface NotExercised {
  readonly why: 'locked' | 'capped' | 'no-dependency' | 'resolver' | 'cool-down'
  /** What kept it out: a requirement, a lock file, a setting. */
  readonly by?: string | undefined
  /** What the resolver said. */
  readonly says?: string | undefined
}

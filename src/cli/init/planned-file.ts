/** A file that `init` would write. */
export interface PlannedFile {
  /** Relative to the repository. */
  readonly path: string
  readonly text: string
}

/** What a plan is made for. */
export interface InitChoices {
  /** Address of the server; null where there is none. */
  readonly server: string | null
  /** Account that the repository of Slipway's Action lies in. */
  readonly account: string
  readonly profile: string
  /** Where the package is released that is to be tested; only asked for without a server. */
  readonly repository: string | null
}

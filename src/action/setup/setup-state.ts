/** State that the post of this step finds again: what to undo and whom to tell. */
export const SETUP_STATE = 'setup'

/** What `setup` hands to its post. */
export interface SetupState {
  readonly server: string
  /** Null for a run that got none. */
  readonly key: string | null
  readonly project: string
  /** The variables as they were before; empty where there was none. */
  readonly before: Readonly<Record<string, string>>
}

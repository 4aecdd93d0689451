/** A file of a tree: its path (no folders) and the id of its content. */
export interface GitFile {
  readonly path: string
  readonly sha: string
}

/** A ref that moves; `before` is what the writer saw (null: it was not there). */
export interface RefMove {
  /** Full name, `refs/slipway/log`. */
  readonly name: string
  readonly before: string | null
  readonly after: string
}

/**
 * A git repository that is only reached over the network: objects are written first and mean nothing until a
 * ref points at them. Every method rejects when the host cannot be asked; what is not there is null.
 */
export interface GitRemote {
  /** The commit that a ref points at. */
  ref(name: string): Promise<string | null>
  /** The files of a commit. */
  files(commit: string): Promise<readonly GitFile[]>
  /** Text of a file by the id of its content. */
  text(sha: string): Promise<string>
  /** Stores a tree: these files over those of another commit (`over`), and gives all of them back. */
  writeFiles(
    files: readonly ({ readonly path: string } & ({ readonly text: string } | { readonly sha: string }))[],
    over: string | null,
  ): Promise<{ readonly tree: string; readonly files: readonly GitFile[] }>
  writeCommit(commit: {
    readonly tree: string
    readonly parents: readonly string[]
    readonly message: string
    /** Integer ms since the epoch. */
    readonly at: number
  }): Promise<string>
  /**
   * Moves refs by compare-and-swap on the first one, which decides: false when it is no longer where it was, and
   * then none has moved. The others go with it in one step where the host can do that, else right behind it, always
   * forward.
   */
  move(moves: readonly [RefMove, ...(readonly RefMove[])]): Promise<boolean>
}

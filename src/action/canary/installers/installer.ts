import type { Release, ReleaseId } from '../../../versions/release.ts'
import type { ArmWorkspace } from '../arms/arm-workspace.ts'

/** How installing went in one arm. `failed` has the last lines of the client. */
export type InstallEnd =
  | { readonly ok: true; readonly log: string }
  | { readonly ok: false; readonly timedOut: boolean; readonly log: string }

/** A requirement of a package, of the project's own or of something that it installs. */
export interface Ask {
  /** A phrase with its place: `package.json asks for demo ^1.0.0`. */
  readonly phrase: string
  /** Whether the requirement takes the release. */
  readonly takes: boolean
  /** Whether the project itself asks, and not something that it installs. */
  readonly isOwn: boolean
}

/** One package client: sets an arm up, installs, and proves what is there. */
export interface Installer {
  readonly ecosystem: Release['ecosystem']
  /** The program, as a person knows it. */
  readonly client: string
  /** Makes what the client needs (a virtual environment); gives the arm with its final environment. */
  prepare(workspace: ArmWorkspace, timeoutMs: number): Promise<ArmWorkspace>
  /** Installs dependencies, with only the candidates' versions newly chosen. */
  install(workspace: ArmWorkspace, releases: readonly Release[], timeoutMs: number): Promise<InstallEnd>
  /** Versions of the named packages that lie in the arm's environment. */
  installed(workspace: ArmWorkspace, releases: readonly Release[]): Promise<readonly ReleaseId[]>
  /** Versions that the client chose, when installing them failed; empty when it chose none. */
  chosen(
    workspace: ArmWorkspace,
    releases: readonly Release[],
    timeoutMs: number,
  ): Promise<readonly ReleaseId[]>
  /** What the project itself asks for; null when it does not name the package. */
  asksFor(workspace: ArmWorkspace, release: Release): Promise<Ask | null>
  /**
   * Whether the release can be installed together with everything else that the project asks for; null when it
   * can or the client cannot tell, else a phrase with the requirements that contradict each other.
   */
  conflict?(workspace: ArmWorkspace, release: Release, timeoutMs: number): Promise<string | null>
  /** Everything that the arm installed from an index, for the difference between the arms. */
  tree(workspace: ArmWorkspace): Promise<readonly ReleaseId[]>
}

import type { Release, ReleaseId } from '../../versions/release.ts'
import type { ArmWorkspace } from './arm-workspace.ts'

/** How installing went in one arm. `failed` has the last lines of the client. */
export type InstallEnd =
  | { readonly ok: true; readonly log: string }
  | { readonly ok: false; readonly timedOut: boolean; readonly log: string }

/** A project's own requirement of a package. */
export interface Ask {
  /** A phrase with its place: `package.json asks for demo ^1.0.0`. */
  readonly phrase: string
  /** Whether the requirement takes the release. */
  readonly takes: boolean
}

/** One package client: sets an arm up, installs, and proves what is there. */
export interface Installer {
  readonly ecosystem: Release['ecosystem']
  /** True when the project in this folder is one that this client installs. */
  detects(project: string): boolean
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
}

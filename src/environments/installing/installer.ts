import type { Ecosystem } from '../../versions/version-scheme.ts'
import type { PackageRef, VersionRule } from '../choosing/version-rule.ts'
import type { Outcome } from '../outcome.ts'
import type { InstalledContents } from '../root/installed-marker.ts'

/** A program run to its end, as `registries` runs them; handed in. */
export type ProgramRunner = (run: {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  readonly onOutput?: (chunk: string) => void
}) => Promise<{
  readonly code: number | null
  readonly timedOut: boolean
  readonly stdout: string
  readonly tail: string
}>

/** With what packages are installed. */
export interface InstallTools {
  readonly run: ProgramRunner
  /** The surroundings of pip and npm; their own settings in it hold. */
  readonly env: NodeJS.ProcessEnv
  /** The Python whose pip installs and that runs the entry points. */
  readonly python: string
  readonly npm: string
  /** Given to the installer instead of its own settings; null leaves them as they are. */
  readonly index: string | null
  readonly timeoutMs: number
  readonly onOutput?: (chunk: string) => void
}

export interface InstallOrder {
  readonly ref: PackageRef
  readonly rule: VersionRule
  readonly extras: readonly string[]
  /** Whether a folder of sources stays where it is, so that changes in it are seen at once. */
  readonly isEditable: boolean
  /** Versions that other packages of one process have: `base-lib==1.0.0`. */
  readonly constraints: readonly string[]
  /** Empty, and nobody else's. */
  readonly folder: string
}

/** An order that has no folder yet. */
export type NamedOrder = Omit<InstallOrder, 'folder'>

/** Puts packages into folders. */
export interface Installer {
  /** What the packages are installed for: `cpython-311`, `node-115`. */
  interpreter(ecosystem: Ecosystem): Promise<Outcome<string>>
  install(order: InstallOrder): Promise<Outcome<InstalledContents>>
  /** The versions that one process can have, where all of these Python packages are in it: `base-lib==1.0.0`. */
  together(orders: readonly NamedOrder[], folder: string): Promise<Outcome<readonly string[]>>
}

/** The last lines of a program's output, for a message. */
export function lastLines(text: string, count = 6): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  return lines.slice(-count).join('\n')
}

/** Whether an installer failed because it could not reach an index. */
export function wasUnreachable(output: string): boolean {
  return /ConnectionError|NewConnectionError|ConnectTimeout|Name or service not known|\b(ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ECONNRESET)\b/.test(
    output,
  )
}

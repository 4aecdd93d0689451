import type { PackageRef, VersionRule } from '../choosing/version-rule.ts'

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
  /** Empty, and nobody else's. */
  readonly folder: string
}

/** What an installer left in the folder. */
export interface InstalledContents {
  readonly version: string
  /** Every distribution in it, by normal name: its version. Node packages have their own, so only themselves. */
  readonly contents: Readonly<Record<string, string>>
  /** The names under which Python imports the package. */
  readonly imports: readonly string[]
  readonly commands: readonly string[]
  /** What ran the installer, for people: `Python 3.11.7`. */
  readonly madeWith: string
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

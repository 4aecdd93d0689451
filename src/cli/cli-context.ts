/** What `slipway serve` was given on the command line; null where nothing was. */
export interface ServeFlags {
  readonly port: number | null
  readonly host: string | null
  readonly data: string | null
  readonly config: string | null
  /** Says where it listens as JSON, for machines. */
  readonly json?: boolean
}

/** Everything a command touches outside of its arguments; handed in by main and by tests. */
export interface CliContext {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly now: () => number
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** True when people look at standard output and did not ask for plain text. */
  readonly colour: boolean
  /** True when standard error is a terminal, where a progress line may be rewritten. */
  readonly live: boolean
  /** Asks the person at the terminal; null where there is none. */
  readonly ask: ((question: string) => Promise<string>) | null
  readonly version: string
  /** Where the package lies, for `demo`. */
  readonly root: string
  /** The program of a thread of `simulate`; without it everything is simulated on the one thread. */
  readonly simulateWorker?: URL
  /** Runs the server until it is told to stop; resolves with the exit code. */
  readonly serve: (flags: ServeFlags) => Promise<number>
}

/** Exit codes of every command. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const

/** Ends a command with a message for people and a code; the only exception that commands throw. */
export class CommandStop extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

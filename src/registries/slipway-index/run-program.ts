import { spawn } from 'node:child_process'

export interface ProgramRun {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** After this long the whole process group is ended. */
  readonly timeoutMs: number
  /** Sees the output (both streams, as it comes). */
  readonly onOutput?: (chunk: string) => void
}

/** How a program ended. `code` is null when it could not be started, was killed, or ran out of time. */
export interface ProgramEnd {
  readonly code: number | null
  readonly timedOut: boolean
  /** Standard output alone, for programs that answer on it. */
  readonly stdout: string
  /** The last part of both streams together. */
  readonly tail: string
}

/** What is kept of each stream; the rest of a chatty log is of no use here. */
const KEPT_CHARACTERS = 1_000_000

/** After the program itself ended: time for the rest of its output, then for whatever it left behind to die. */
const LEFTOVER_MS = 1000

/** A group of its own does not hear when ours is told to end, so it is ended before we are. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs a program to its end; never throws. Its process group is ended with it, on time-out and when we are
 * told to end: a server that a test leaves behind must not disturb the next arm, and nothing that holds the
 * output open may keep us waiting.
 */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    let stdout = ''
    let tail = ''
    let timedOut = false
    const child = spawn(run.program, run.args, {
      cwd: run.cwd,
      env: run.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    })
    const timer = setTimeout(() => {
      timedOut = true
      endGroup(child.pid)
    }, run.timeoutMs)
    const keep = (chunk: string): void => {
      tail = (tail + chunk).slice(-KEPT_CHARACTERS)
      run.onOutput?.(chunk)
    }
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout = (stdout + chunk).slice(-KEPT_CHARACTERS)
      keep(chunk)
    })
    child.stderr.setEncoding('utf8').on('data', keep)
    const signalled = (signal: NodeJS.Signals): void => {
      endGroup(child.pid)
      process.kill(process.pid, signal)
    }
    for (const signal of SIGNALS) process.once(signal, signalled)
    let ended = false
    const end = (code: number | null): void => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      for (const signal of SIGNALS) process.removeListener(signal, signalled)
      resolve({ code: timedOut ? null : code, timedOut, stdout, tail })
    }
    child.on('error', (error) => {
      keep(`${run.program}: ${error.message}\n`)
      end(null)
    })
    child.on('exit', (code) => {
      clearTimeout(timer)
      setTimeout(() => {
        endGroup(child.pid)
        setTimeout(() => {
          child.stdout.destroy()
          child.stderr.destroy()
          end(code)
        }, LEFTOVER_MS).unref()
      }, LEFTOVER_MS).unref()
    })
    child.on('close', (code) => {
      endGroup(child.pid)
      end(code)
    })
  })
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}

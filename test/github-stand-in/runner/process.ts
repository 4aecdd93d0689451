import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a child process ended. */
export interface Ended {
  /** Null when it was killed. */
  readonly code: number | null
  readonly timedOut: boolean
}

/** How long after its end a program's last words are waited for, when a background child holds its pipes. */
const drainMs = 250

/** The process groups of one job. What a step leaves in the background lives until the job ends. */
export class ProcessGroups {
  readonly #pids = new Set<number>()

  add(pid: number): void {
    this.#pids.add(pid)
    everyJob.add(this)
  }

  /** Forgets a group that has nobody left, before its number is given to somebody else. */
  leave(pid: number): void {
    try {
      process.kill(-pid, 0)
    } catch {
      this.#pids.delete(pid)
    }
  }

  kill(pid: number): void {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // The group is gone already.
    }
  }

  killAll(): void {
    for (const pid of this.#pids) this.kill(pid)
    this.#pids.clear()
    everyJob.delete(this)
  }
}

/** Groups are detached, so they would outlive a stand-in that ends without stopping. */
const everyJob = new Set<ProcessGroups>()
process.on('exit', () => {
  for (const groups of everyJob) groups.killAll()
})

export interface Program {
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly output: (text: string) => void
}

/** Runs a program in its own process group and waits; the whole group dies when the time is over. */
export function runProgram(options: Program, groups: ProcessGroups): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(options.program, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { pid } = child
    if (pid !== undefined) groups.add(pid)
    let timedOut = false
    const limit = Math.max(0, Math.min(options.timeoutMs, 2 ** 31 - 1))
    const timer = setTimeout(() => {
      timedOut = true
      if (pid !== undefined) groups.kill(pid)
    }, limit)
    child.stdout.setEncoding('utf8').on('data', options.output)
    child.stderr.setEncoding('utf8').on('data', options.output)
    const closed = new Promise((done) => child.once('close', done))
    child.once('error', (error) => {
      clearTimeout(timer)
      options.output(`${error.message}\n`)
      resolve({ code: null, timedOut: false })
    })
    child.once('exit', async (code) => {
      clearTimeout(timer)
      if (pid !== undefined) groups.leave(pid)
      await Promise.race([closed, sleep(drainMs, undefined, { ref: false })])
      resolve({ code, timedOut })
    })
  })
}

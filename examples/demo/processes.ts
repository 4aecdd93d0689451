import { execFile } from 'node:child_process'
import { createServer } from 'node:net'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, with nothing in the environment but what is given and the path. */
export function run(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string
    readonly env?: Readonly<Record<string, string>>
    readonly timeoutMs?: number
  },
): Promise<Ran> {
  const env = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...options.env }
  return new Promise((resolve) => {
    execFile(
      command,
      [...args],
      { cwd: options.cwd, env, timeout: options.timeoutMs ?? 120_000, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        resolve({ code, stdout, stderr: error && !stderr ? String(error.message) : stderr })
      },
    )
  })
}

/** As `run`, but a failing command ends the demo with what it printed. */
export async function mustRun(...call: Parameters<typeof run>): Promise<string> {
  const ran = await run(...call)
  if (ran.code !== 0)
    throw new Error(`${call[0]} ${call[1].join(' ')} ended with ${ran.code}:\n${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

/** A port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs tasks with at most `width` at a time; results keep their order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++)
      results[index] = await task(items[index] as T)
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

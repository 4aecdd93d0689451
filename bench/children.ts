import { type ChildProcess, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LoadPlan, LoadResult } from './load-child.ts'

/** A server in a process of its own. */
export interface ServerChild {
  readonly port: number
  /** From the start of the process to the line that says where it listens. */
  readonly startMs: number
  /** Resident memory in MB, as the system counts it. */
  memoryMegabytes(): Promise<number>
  /** Processor time of all its threads and of its own children so far, in ms. */
  processorMs(): Promise<number>
  stop(): Promise<void>
}

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const startLimitMs = 60_000

/** Programs that measure or write are ended after that, whatever they wait for. */
const longestRunMs = 300_000

/** Starts a program and waits until it prints an address with a port. Rejects with what it said instead. */
export async function startServer(
  command: readonly [string, ...string[]],
  options: {
    readonly input?: string
    readonly env?: Readonly<Record<string, string>>
    readonly cwd?: string
    /** Where it will listen, for a program that does not say so. */
    readonly port?: number
  } = {},
): Promise<ServerChild> {
  const [program, ...args] = command
  const begin = performance.now()
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const port = await portOf(child, options.port ?? null).catch(async (error: unknown) => {
    await end(child)
    throw error
  })
  return {
    port,
    startMs: performance.now() - begin,
    memoryMegabytes: () => memoryOf(child.pid ?? 0),
    processorMs: () => processorOf(child.pid ?? 0),
    stop: () => end(child),
  }
}

/** Starts one of the programs in this folder under the same Node. */
export const nodeProgram = (name: string, ...args: string[]): [string, ...string[]] => [
  process.execPath,
  fileOf(name),
  ...args,
]

function portOf(child: ChildProcess, known: number | null): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    const limit = setTimeout(
      () => reject(new Error(`no address after 60 s: ${said.slice(-2000)}`)),
      startLimitMs,
    )
    const found = (port: number) => {
      clearTimeout(limit)
      resolve(port)
    }
    const hear = (chunk: Buffer) => {
      if (said.length < 1e6) said += chunk.toString()
      // Lines of its log are no answer yet: they may name the address before it is served.
      const port = /^(?!\{).*http:\/\/127\.0\.0\.1:(\d+)/m.exec(said)?.[1]
      if (known === null && port !== undefined) found(Number(port))
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${said.slice(-2000)}`)))
    if (known !== null) untilOpen(known, () => child.exitCode === null).then(found, reject)
  })
}

async function untilOpen(port: number, isAlive: () => boolean): Promise<number> {
  const begin = performance.now()
  while (isAlive() && performance.now() - begin < startLimitMs) {
    if (await isOpen(port)) return port
    await sleep(20)
  }
  throw new Error(`nothing listens on ${port}`)
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(limit)
}

/** What the system counts as resident, whatever the process itself believes. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
}

async function processorOf(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`)
  const spent = threads.map(async (thread) => {
    const folder = `/proc/${pid}/task/${thread}`
    // A thread may end meanwhile; its part is small.
    const [clock, children] = await Promise.all(
      ['schedstat', 'children'].map((name) => readFile(`${folder}/${name}`, 'utf8').catch(() => '')),
    )
    const below = await Promise.all(
      (children ?? '')
        .split(' ')
        .filter(Boolean)
        .map((id) => processorOf(Number(id))),
    )
    return below.reduce((sum, ms) => sum + ms, Number(clock?.split(' ')[0] ?? 0) / 1e6)
  })
  return (await Promise.all(spent)).reduce((sum, ms) => sum + ms, 0)
}

/** Runs the load generator in a process of its own. */
export async function runLoad(
  plan: Partial<LoadPlan> & Pick<LoadPlan, 'port' | 'paths'>,
): Promise<LoadResult> {
  const whole: LoadPlan = {
    method: 'GET',
    headers: {},
    body: '',
    connections: 16,
    warmupMs: 200,
    durationMs: 1000,
    mostRequests: 1_000_000,
    ...plan,
  }
  return JSON.parse(await outputOf(nodeProgram('load-child.ts'), JSON.stringify(whole))) as LoadResult
}

/** Runs a program to its end and gives what it printed. */
export async function outputOf(
  [program, ...args]: readonly [string, ...string[]],
  input = '',
): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: longestRunMs })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${String(code)}`)
  return said
}

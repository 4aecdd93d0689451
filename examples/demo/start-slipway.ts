import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { mustRun } from './processes.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const cli = `${root}dist/slipway.js`

export interface Slipway {
  readonly url: string
  readonly readyMs: number
  readonly adminToken: string
  /** Resident memory in MB right now, where the system tells. */
  memoryMb(): number | null
  /** Runs a command of the command line against this server and gives what it printed as JSON. */
  command(args: readonly string[]): Promise<unknown>
  /** Resolves when the process ends. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Starts `slipway serve` as an operator would, and waits until it says that it listens. */
export async function startSlipway(options: {
  readonly port: number
  readonly folder: string
  readonly adminToken: string
  readonly github: { readonly url: string; readonly oidcIssuer: string }
  readonly app: { readonly id: string; readonly privateKey: string; readonly webhookSecret: string }
  /** File that takes what the server prints. */
  readonly log: string
}): Promise<Slipway> {
  const startedAt = Date.now()
  const url = `http://127.0.0.1:${options.port}`
  const child = spawn(
    process.execPath,
    [cli, 'serve', '--port', String(options.port), '--data', options.folder],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: options.folder,
        SLIPWAY_ADMIN_TOKEN: options.adminToken,
        SLIPWAY_PUBLIC_URL: url,
        SLIPWAY_TICK: '250ms',
        SLIPWAY_OIDC_ISSUER: options.github.oidcIssuer,
        SLIPWAY_WRITE_SPACING: '0s',
        GITHUB_API_URL: options.github.url,
        APP_ID: options.app.id,
        PRIVATE_KEY: options.app.privateKey,
        WEBHOOK_SECRET: options.app.webhookSecret,
      },
    },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await listening(child, options.log)
  return {
    url,
    readyMs: Date.now() - startedAt,
    adminToken: options.adminToken,
    memoryMb: () => memoryOf(child),
    command: async (args) =>
      JSON.parse(
        await mustRun(process.execPath, [cli, ...args, '--json'], {
          cwd: root,
          env: { SLIPWAY_SERVER: url, SLIPWAY_TOKEN: options.adminToken },
        }),
      ),
    ended,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function listening(child: ChildProcess, log: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const read = (chunk: Buffer): void => {
      said += chunk.toString()
      appendFileSync(log, chunk)
      if (said.includes('listening on http')) resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => reject(new Error(`slipway serve ended with ${code}:\n${said}`)))
  })
}

function memoryOf(child: ChildProcess): number | null {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    const kb = /VmRSS:\s+(\d+)/.exec(status)?.[1]
    return kb ? Math.round(Number(kb) / 1024) : null
  } catch {
    return null
  }
}

/** A Slipway server as operators run it: a process of its own, driven by nothing but its API. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))

/** The operator token of every server here. */
export const operator = 'operator-of-the-client-matrix'

export interface LiveServer {
  readonly url: string
  /** Asks as the operator; throws for any status that is not a success. */
  ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>
  stop(): Promise<void>
}

/** Starts a server on a free port; `settings` are environment names such as `SLIPWAY_PRIVATE`. */
export async function startLiveServer(settings: Readonly<Record<string, string>> = {}): Promise<LiveServer> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-clients-server-'))
  const child = spawn(process.execPath, [entry, 'serve', '--port', '0', '--data', join(folder, 'data')], {
    env: { PATH: process.env.PATH, SLIPWAY_ADMIN_TOKEN: operator, ...settings },
    cwd: folder,
  })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (/"level":"error"/.test(chunk)) console.log(chunk)
    })
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const match = /listening on (http:\S+)/.exec(text)
      if (match?.[1] !== undefined) resolve(match[1])
    })
    child.on('close', () => reject(new Error(`the server ended: ${text}`)))
  })
  return {
    url,
    ask: (method, path, body) => ask(`${url}${path}`, method, body),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function ask(url: string, method: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${operator}` },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
  return JSON.parse(text)
}

/** A real server in a process of its own over a folder, and the command line beside it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compiledPrograms } from '../cli/compiled-programs.ts'
import { npmDocument } from '../server/running-server.ts'

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))
export const admin = 'admin-of-the-test'
const env = (home: string, more: Record<string, string> = {}) => ({
  PATH: process.env.PATH ?? '',
  ...compiledPrograms,
  HOME: home,
  SLIPWAY_ADMIN_TOKEN: admin,
  SLIPWAY_TICK: '100ms',
  ...more,
})

const children: ChildProcess[] = []
const folders: string[] = []

/** To be called after each test. */
export async function endAll(): Promise<void> {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
}

export async function folderFor(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `slipway-${name}-`))
  folders.push(folder)
  return folder
}

export interface Served {
  readonly url: string
  readonly child: ChildProcess
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
  readonly said: () => string
  ask(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly json: Record<string, unknown>; readonly text: string }>
  /** Publishes a version of an npm package; the status. */
  publish(name: string, version: string): Promise<number>
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Starts a server; rejects with what it said when it ends instead. */
export async function serve(data: string, more: Record<string, string> = {}): Promise<Served> {
  const child = spawn(process.execPath, [entry, 'serve', '--port', '0', '--data', data], {
    cwd: data,
    env: env(data, more),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const found = /^listening on (http:\/\/\S+)$/m.exec(text)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error(text)))
  })
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' }
  const ask: Served['ask'] = async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = await response.text()
    return { status: response.status, text: answer, json: answer.startsWith('{') ? JSON.parse(answer) : {} }
  }
  return {
    url,
    child,
    ended,
    said: () => text,
    ask,
    publish: async (name, version) =>
      (await ask('PUT', `/npm/${name}`, await documentOf(name, version))).status,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs one command line to its end. */
export function slipway(
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...args], { env: env(tmpdir(), more) }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, out, err })
    })
  })
}

const packed = new Map<string, ReturnType<typeof npmDocument>>()

/** The same bytes each time a version is published again: a tarball holds the second in which it was packed. */
function documentOf(name: string, version: string): ReturnType<typeof npmDocument> {
  const key = `${name}@${version}`
  const document = packed.get(key) ?? npmDocument(name, version)
  packed.set(key, document)
  return document
}

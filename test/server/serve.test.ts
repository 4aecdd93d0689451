import { type ChildProcess, spawn } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { compiledPrograms } from '../cli/compiled-programs.ts'
import { npmDocument } from './running-server.ts'
import { scratchFolder } from './scratch-folder.ts'

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface Served {
  readonly url: string
  readonly child: ChildProcess
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
}

interface Started {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
}

function startServe(cwd: string, env: Record<string, string>, args: readonly string[] = []): Started {
  const child = spawn(process.execPath, [entry, 'serve', '--port', '0', ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, ...compiledPrograms, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  return { child, said: () => text, ended }
}

async function serve(cwd: string, env: Record<string, string>, args?: readonly string[]): Promise<Served> {
  const started = startServe(cwd, env, args)
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /^listening on (http:\/\/\S+)$/m.exec(started.said())?.[1]
      if (found) resolve(found)
    }
    started.child.stdout?.on('data', look)
    started.child.once('exit', () => reject(new Error(started.said())))
  })
  return { url, child: started.child, ended: started.ended }
}

const admin = { SLIPWAY_ADMIN_TOKEN: 'admin-of-the-test' }

describe('slipway serve', () => {
  it('says where it listens as one JSON value when machines ask', async () => {
    const { child } = startServe(await scratchFolder(), {}, ['--json'])
    const printed = await new Promise<Buffer>((resolve) => child.stdout?.once('data', resolve))
    const { url } = JSON.parse(printed.toString())
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  it('keeps packages, rollouts and its secret over a restart', async () => {
    const folder = await scratchFolder()
    const first = await serve(folder, admin)
    const headers = { authorization: `Bearer ${admin.SLIPWAY_ADMIN_TOKEN}` }
    for (const version of ['1.0.0', '1.1.0']) {
      const body = JSON.stringify(await npmDocument('kept', version))
      expect((await fetch(`${first.url}/npm/kept`, { method: 'PUT', headers, body })).status).toBe(201)
    }
    const secret = join(folder, 'slipway-data', 'secret')
    expect((await stat(secret)).mode & 0o777).toBe(0o600)
    const before = await readFile(secret, 'utf8')
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    const second = await serve(folder, admin)
    expect(await readFile(secret, 'utf8')).toBe(before)
    const document = await (await fetch(`${second.url}/npm/kept`)).json()
    expect(document).toMatchObject({ 'dist-tags': { latest: '1.0.0' } })
    const rollout = await fetch(`${second.url}/api/v1/rollouts/npm:kept@1.1.0`)
    expect(await rollout.json()).toMatchObject({ phase: 'staged', percent: 0 })
    second.child.kill('SIGINT')
    expect(await second.ended).toBe(0)
  })

  it('climbs by itself as time passes', async () => {
    const folder = await scratchFolder()
    await writeFile(
      join(folder, 'slipway.server.yml'),
      'policy:\n  stages:\n    - { percent: 0, bake: 0s }\n    - { percent: 50, bake: 1s }\n    - { percent: 100, bake: 0s }\n  gates: {}\n',
    )
    const server = await serve(folder, { ...admin, SLIPWAY_TICK: '50ms' })
    const headers = { authorization: `Bearer ${admin.SLIPWAY_ADMIN_TOKEN}` }
    for (const version of ['1.0.0', '1.1.0']) {
      const body = JSON.stringify(await npmDocument('climbs', version))
      expect((await fetch(`${server.url}/npm/climbs`, { method: 'PUT', headers, body })).status).toBe(201)
    }
    await expect
      .poll(async () => (await fetch(`${server.url}/api/v1/rollouts/npm:climbs@1.1.0`)).json(), {
        timeout: 8000,
      })
      .toMatchObject({ phase: 'completed', percent: 100 })
    const document = await (await fetch(`${server.url}/npm/climbs`)).json()
    expect(document).toMatchObject({ 'dist-tags': { latest: '1.1.0' } })
  })

  it('says what is wrong with its settings and does not start', async () => {
    const folder = await scratchFolder()
    const env = { SLIPWAY_PUBLIC_URL: 'ftp://x', SLIPWAY_TICK: '1 fortnight', APP_ID: '1' }
    const started = startServe(folder, env)
    expect(await started.ended).toBe(2)
    expect(started.said()).toMatch(/^SLIPWAY_PUBLIC_URL: got "ftp:\/\/x", expected an http or https address/m)
    expect(started.said()).toMatch(/^SLIPWAY_TICK: got "1 fortnight", expected a duration from 20ms to 1h/m)
    expect(started.said()).toMatch(/^PRIVATE_KEY: got nothing, expected the private key/m)
  })

  it('does not start the bot without a webhook secret', async () => {
    const pem = '-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----'
    const started = startServe(await scratchFolder(), { APP_ID: '1', PRIVATE_KEY: pem })
    expect(await started.ended).toBe(2)
    expect(started.said()).toMatch(/^WEBHOOK_SECRET: got nothing, expected the webhook secret/m)
  })

  it('says when its address is taken', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const started = startServe(await scratchFolder(), {}, ['--port', String(port)])
    expect(await started.ended).toBe(1)
    expect(started.said()).toContain('EADDRINUSE')
    other.close()
  })
})

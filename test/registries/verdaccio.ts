import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { npmDocument } from '../server/running-server.ts'

// Put together, because it is no dependency of this package but of the bench.
const bench = fileURLToPath(new URL('../../bench', import.meta.url))
const program = join(bench, 'node_modules', 'verdaccio', 'bin', 'verdaccio')

/** False where `npm ci --prefix bench` was not done. */
export function hasVerdaccio(): boolean {
  return existsSync(program)
}

/** A registry of its own, with one user. */
export interface Verdaccio {
  readonly url: string
  /** Token of the one user who may publish. */
  readonly token: string
  publish(name: string, version: string, tag: string): Promise<void>
  tags(name: string): Promise<Record<string, string>>
  close(): Promise<void>
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

export async function startVerdaccio(): Promise<Verdaccio> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-verdaccio-'))
  const config = {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: {},
    packages: { '**': { access: '$all', publish: '$authenticated' } },
    web: { enable: false },
    log: { type: 'stdout', format: 'json', level: 'warn' },
  }
  // JSON is YAML.
  await writeFile(join(folder, 'verdaccio.yaml'), JSON.stringify(config))
  const port = await freePort()
  const args = [program, '--config', join(folder, 'verdaccio.yaml'), '--listen', `127.0.0.1:${port}`]
  const child: ChildProcess = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const isUp = () =>
    fetch(`${url}/-/ping`).then(
      ({ ok }) => ok,
      () => false,
    )
  await vi.waitUntil(isUp, { timeout: 30_000, interval: 200 })
  const user = { name: 'owner', password: 'a-long-password' }
  const put = (path: string, body: unknown, token?: string) =>
    fetch(`${url}${path}`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    })
  const made = await put('/-/user/org.couchdb.user:owner', user)
  const { token } = (await made.json()) as { token: string }
  return {
    url,
    token,
    async publish(name, version, tag) {
      const document = await npmDocument(name, version)
      const [manifest] = Object.values(document.versions)
      Object.assign(manifest?.dist ?? {}, { tarball: `${url}/${name}/-/${name}-${version}.tgz` })
      const reply = await put(`/${name}`, { ...document, 'dist-tags': { [tag]: version } }, token)
      if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
    },
    async tags(name) {
      return (await fetch(`${url}/-/package/${name}/dist-tags`)).json() as Promise<Record<string, string>>
    },
    async close() {
      child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** A real PostgreSQL of its own in a scratch folder; null where none is installed (`scripts/install-tools.sh postgresql`). */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const root = '/usr/lib/postgresql'

export interface PostgresServer {
  /** A new, empty schema; its address. */
  schema(): Promise<string>
  /** Stops it as a crash does, or starts it again. */
  kill(): void
  start(): void
  stop(): void
}

export function hasPostgres(): boolean {
  const there = existsSync(root) && readdirSync(root).length > 0
  if (!there)
    console.log(
      'PostgreSQL is not installed here; its tests are left out (scripts/install-tools.sh postgresql)',
    )
  return there
}

export async function startPostgres(): Promise<PostgresServer> {
  const [version = ''] = readdirSync(root).sort().reverse()
  const bin = join(root, version, 'bin')
  const folder = mkdtempSync(join(tmpdir(), 'slipway-pg-'))
  const data = join(folder, 'data')
  chmodSync(folder, 0o755)
  mkdirSync(data)
  const asRoot = process.getuid?.() === 0
  if (asRoot) execFileSync('chown', ['-R', 'nobody:nogroup', folder])
  const run = (program: string, ...args: string[]) => {
    const whole = [join(bin, program), ...args]
    const [first = '', ...rest] = asRoot
      ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', ...whole]
      : whole
    execFileSync(first, rest, { cwd: folder, stdio: 'ignore' })
  }
  const port = await freePort()
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`
  run('initdb', '-D', data, '-U', 'slipway', '--auth=trust', '--no-sync', '--no-locale', '-E', 'UTF8')
  const start = () => run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start')
  start()
  const url = `postgres://slipway@127.0.0.1:${port}/postgres`
  let schemas = 0
  return {
    async schema() {
      schemas += 1
      const name = `s${schemas}`
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(`create schema ${name}`)
      await client.end()
      return `${url}?options=-c%20search_path%3D${name}`
    },
    kill: () => run('pg_ctl', '-D', data, '-m', 'immediate', 'stop'),
    start,
    stop: () => {
      try {
        run('pg_ctl', '-D', data, '-m', 'immediate', 'stop')
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

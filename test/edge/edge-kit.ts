/** The edge kit as an operator copies it: real nginx, real Varnish, and the worker in this process. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RulesDocument } from '../../src/server/edge/rules-document.ts'

const kit = (path: string) => fileURLToPath(new URL(`../../edge/${path}`, import.meta.url))

/** A module of the kit, which is plain JavaScript. */
export const fromKit = (path: string) => import(new URL(`../../edge/${path}`, import.meta.url).href)

/** Something that answers like the index in front of which it stands. */
export interface Edge {
  readonly name: string
  ask(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Stops hearing of new rules. */
  deafen(): void
  /** Loads these rules, whatever Slipway says. */
  load(rules: RulesDocument): Promise<void>
}

const children: ChildProcess[] = []
const folders: string[] = []

const isOver = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

export async function endEdges(): Promise<void> {
  for (const child of children.splice(0)) {
    child.kill('SIGTERM')
    await new Promise((resolve) => (isOver(child) ? resolve(null) : child.once('exit', resolve)))
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
}

export const njsModule = '/usr/lib/nginx/modules/ngx_http_js_module.so'

export function hasDigestModule(): boolean {
  return ['x86_64', 'aarch64'].some((kind) =>
    existsSync(`/usr/lib/${kind}-linux-gnu/varnish/vmods/libvmod_digest.so`),
  )
}

/** Whether a program is there; tests of what is not say so and are left out. */
export function has(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, [...args], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export async function startNginx(origin: string): Promise<Edge> {
  const folder = await folderFor('nginx')
  const port = await freePort()
  for (const name of ['choose-view.js', 'nginx/slipway.js'])
    await copyFile(kit(name), join(folder, name.replace('nginx/', '')))
  await mkdir(join(folder, 'logs'))
  const own = (await readFile(kit('nginx/slipway.conf'), 'utf8'))
    .replaceAll('/etc/nginx/slipway', folder)
    .replaceAll('/var/cache/nginx/slipway', join(folder, 'cache'))
    .replaceAll('127.0.0.1:8080', new URL(origin).host)
    .replace('listen 8081', `listen 127.0.0.1:${port}`)
  await writeFile(join(folder, 'slipway.conf'), own)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  )
  await writeFile(
    join(folder, 'nginx.conf'),
    `load_module ${njsModule};\n${process.getuid?.() === 0 ? 'user root;\n' : ''}daemon off;\nworker_processes 1;\npid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\n  access_log off;\n  ${temporary.join('\n  ')}\n  include ${folder}/slipway.conf;\n}\n`,
  )
  const rulesFile = join(folder, 'slipway-rules.json')
  await writeFile(rulesFile, JSON.stringify(await rulesOf(origin)))
  const command = ['nginx', '-e', `${folder}/error.log`, '-p', folder, '-c', `${folder}/nginx.conf`] as const
  await answering(run(command), port)
  const watch = follow(origin, rulesFile, [...command, '-s', 'reload'].join(' '), 'json')
  return {
    ...over('nginx', port),
    deafen: () => watch.kill('SIGKILL'),
    load: async (rules) => {
      await writeFile(rulesFile, JSON.stringify(rules))
      await promisify(execFile)(command[0], [...command.slice(1), '-s', 'reload'])
      await new Promise((resolve) => setTimeout(resolve, 500))
    },
  }
}

export async function startVarnish(origin: string): Promise<Edge> {
  const folder = await folderFor('varnish')
  const port = await freePort()
  const { rulesAsVcl } = await fromKit('varnish/rules-as-vcl.js')
  const own = (await readFile(kit('varnish/slipway.vcl'), 'utf8'))
    .replace('.port = "8080"', `.port = "${new URL(origin).port}"`)
    .replace('include "rules.vcl"', `include "${folder}/rules.vcl"`)
  await writeFile(join(folder, 'slipway.vcl'), own)
  await writeFile(join(folder, 'rules.vcl'), rulesAsVcl(await rulesOf(origin)))
  const child = run([
    'varnishd',
    '-F',
    ...['-j', 'none'],
    ...['-n', join(folder, 'work')],
    ...['-a', `127.0.0.1:${port}`],
    ...['-f', join(folder, 'slipway.vcl')],
    ...['-s', 'malloc,64m'],
    ...['-p', 'cc_command=exec gcc -O0 -fpic -shared -Wl,-x -o %o %s'],
  ])
  await answering(child, port)
  const load = `sh ${kit('varnish/load.sh')} ${join(folder, 'work')} ${join(folder, 'slipway.vcl')}`
  const watch = follow(origin, join(folder, 'rules.vcl'), load, 'vcl')
  return {
    ...over('Varnish', port),
    deafen: () => watch.kill('SIGKILL'),
    load: async (rules) => {
      await writeFile(join(folder, 'rules.vcl'), rulesAsVcl(rules))
      await promisify(execFile)('/bin/sh', ['-c', load])
    },
  }
}

/** The worker with a cache of its own. */
export async function startWorker(origin: string): Promise<Edge> {
  const { createWorker } = await fromKit('worker/worker.js')
  const kept = new Map<string, Response>()
  const cache = {
    match: async (url: URL) => kept.get(url.href)?.clone(),
    put: async (url: URL, response: Response) => void kept.set(url.href, response),
  }
  const skew = { ms: 0 }
  let isDeaf = false
  const between = await proxyTo(origin, (path) => !isDeaf || !path.startsWith('/edge/'))
  const keys = await (await fetch(`${origin}/edge/v1/keys`)).text()
  const worker = createWorker({ now: () => Date.now() + skew.ms, cacheOf: () => cache })
  return {
    name: 'the worker',
    ask: async (path, headers = {}) => {
      // A runtime hears the last hop itself.
      const peer = headers['x-forwarded-for']?.split(', ').at(-1) ?? '127.0.0.1'
      const request = new Request(`https://edge.example.org${path}`, {
        headers: { ...headers, 'cf-connecting-ip': peer },
      })
      const waiting: Promise<unknown>[] = []
      const waitUntil = (work: Promise<unknown>) => void waiting.push(work)
      const settings = { SLIPWAY_ORIGIN: between, SLIPWAY_KEYS: keys }
      const response = await worker.fetch(request, settings, { waitUntil })
      await Promise.all(waiting)
      return response
    },
    deafen: () => {
      isDeaf = true
    },
    // It takes no rules but signed ones, so time passes for it instead.
    load: async (rules) => {
      skew.ms = Date.now() - rules.at
    },
  }
}

/** Passes on what it is allowed to, and refuses the rest. */
function proxyTo(origin: string, passes: (path: string) => boolean): Promise<string> {
  const { hostname: host, port } = new URL(origin)
  const server = createHttpServer((request, response) => {
    if (!passes(request.url ?? '')) {
      response.writeHead(503).end()
      return
    }
    const { method, headers, url: path } = request
    const asking = httpRequest({ host, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    asking.once('error', () => response.destroy())
    request.pipe(asking)
  })
  server.unref()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`)
    })
  })
}

export async function rulesOf(origin: string): Promise<RulesDocument> {
  return (await (await fetch(`${origin}/edge/v1/rules`)).json()) as RulesDocument
}

function over(name: string, port: number): Pick<Edge, 'name' | 'ask'> {
  return {
    name,
    // A reload closes connections that wait for a next request; every client asks once more then.
    ask: (path, headers = {}) => {
      const again = () => fetch(`http://127.0.0.1:${port}${path}`, { headers })
      return again().catch(again)
    },
  }
}

function run([command, ...args]: readonly [string, ...string[]]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)))
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) console.error(`${command} ended with ${code}: ${said}`)
  })
  return child
}

function follow(origin: string, file: string, command: string, as: 'json' | 'vcl'): ChildProcess {
  const args = ['--server', origin, '--write', file, '--run', command, '--as', as]
  return run([process.execPath, kit('watch-rules.js'), ...args])
}

async function folderFor(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `slipway-edge-${name}-`))
  folders.push(folder)
  return folder
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function answering(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null)
    if (answered !== null) return
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

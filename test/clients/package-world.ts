/** Slipway as people get it: packed, installed without install scripts, started by the Nodes that are here. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scratchFolder } from './scratch-folder.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface Installed {
  /** Where `npm install` ran: nothing was there before. */
  readonly folder: string
  /** The folder of the package in it. */
  readonly home: string
  /** Paths of its files, and their bytes together. */
  readonly files: readonly string[]
  readonly bytes: number
  readonly installMs: number
}

/** A Node beside others, by its version. */
export interface NodeRelease {
  readonly major: number
  readonly program: string
}

/** Runs a program to its end with nothing in its environment but what is given. */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const surroundings = { PATH: process.env.PATH, HOME: process.env.HOME, ...env }
  return new Promise((resolve) => {
    execFile(program, [...args], { cwd, env: surroundings, maxBuffer: 1 << 26 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err }),
    )
  })
}

async function mustRun(...call: Parameters<typeof run>): Promise<Ran> {
  const ran = await run(...call)
  if (ran.code !== 0) throw new Error(`${call[0]} ${call[1].join(' ')}: ${ran.code}\n${ran.out}${ran.err}`)
  return ran
}

/** Packs what `npm ci` built and installs the tarball into an empty folder. */
export async function installPacked(): Promise<Installed> {
  if (!existsSync(`${root}dist/slipway.js`)) throw new Error('nothing is built; run npm ci')
  const scratch = await scratchFolder()
  const folder = join(scratch, 'empty')
  await mkdir(folder)
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch]
  const [packed] = JSON.parse((await mustRun('npm', pack, root)).out)
  const begun = performance.now()
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
  // With all of the environment: how the registry is reached may stand there.
  await mustRun('npm', [...install, join(scratch, packed.filename)], folder, process.env)
  return {
    folder,
    home: join(folder, 'node_modules', 'slipway-index'),
    files: packed.files.map(({ path }: { path: string }) => path),
    bytes: packed.unpackedSize,
    installMs: performance.now() - begun,
  }
}

/** The Nodes that `scripts/install-tools.sh nodes` put there, oldest first. */
export async function nodesHere(): Promise<readonly NodeRelease[]> {
  const tools = process.env.SLIPWAY_TOOLS ?? join(homedir(), '.slipway-tools')
  const programs = globSync('nodes/*/node_modules/node-linux-*/bin/node', { cwd: tools })
  const releases = await Promise.all(
    programs.map(async (path) => {
      const program = join(tools, path)
      const { out } = await run(program, ['--version'], root)
      return { program, major: Number.parseInt(out.slice(1), 10) }
    }),
  )
  return releases.sort((a, b) => a.major - b.major)
}

/** `npx slipway …` in a folder, as a shell does whose first Node is the given one. */
export function npx(
  { program }: NodeRelease,
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const path = `${dirname(program)}:${process.env.PATH}`
  return run('npx', ['--no-install', 'slipway', ...args], folder, { PATH: path, ...env })
}

/** Waits until a server says where it listens; kills it when it does not within a minute. */
export function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const limit = setTimeout(() => child.kill('SIGKILL'), 60_000)
    const read = (chunk: Buffer) => {
      said += chunk
      const url = /listening on (http:\S+)/.exec(said)?.[1]
      if (url === undefined) return
      clearTimeout(limit)
      resolve(url)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.on('close', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)))
  })
}

export function startWith(program: string, { folder, home }: Installed, data: string): ChildProcess {
  const args = [join(home, 'dist/slipway.js'), 'serve', '--port', '0', '--data', data]
  return spawn(program, args, { cwd: folder, env: { SLIPWAY_ADMIN_TOKEN: 'operator of the test' } })
}

/** Ends a server; gives its exit code. */
export function stopped(child: ChildProcess): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  child.kill('SIGTERM')
  return ended
}

/** What the unit file starts, with this Node in the place of the system's. */
async function commandOfUnit(program: string): Promise<string> {
  const unit = await readFile(`${root}deploy/slipway.service`, 'utf8')
  const [, system = '', rest = ''] = /^ExecStart=(\S+) (.*)$/m.exec(unit) ?? []
  if (system !== '/usr/bin/node') throw new Error(`the unit starts ${system}`)
  return `${program} ${rest}`
}

/**
 * The script that starts the package, as the unit does, in a root of its own: the system's programs and the package are there to
 * read, the data folder is all that can be written, and the process is nobody.
 */
export async function ownRootScript(
  program: string,
  { folder }: Installed,
  scratch: string,
): Promise<string> {
  const script = join(scratch, 'own-root.sh')
  const place = join(scratch, 'root')
  await mkdir(place, { recursive: true })
  const readable = (from: string, to: string) =>
    `mkdir -p "${place}${to}" && mount --bind "${from}" "${place}${to}" && mount -o remount,bind,ro "${place}${to}"`
  const lines = [
    'set -e',
    'mount --make-rprivate /',
    `mount -t tmpfs tmpfs "${place}"`,
    readable('/usr', '/usr'),
    `for link in bin lib lib64; do [ -L /$link ] && cp -P /$link "${place}/$link"; done`,
    readable(folder, '/opt/slipway'),
    readable(dirname(program), '/node'),
    `mkdir "${place}/data" && mount --bind "${join(scratch, 'data')}" "${place}/data"`,
    `mount -o remount,ro "${place}"`,
    `exec chroot --userspec=65534:65534 "${place}" ${await commandOfUnit('/node/node')} --port 0 --data /data`,
  ]
  await writeFile(script, `${lines.join('\n')}\n`)
  return script
}

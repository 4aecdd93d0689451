/** A throw-away project of one client, with a home and a cache of its own. */
import { existsSync } from 'node:fs'
import { readFile, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { NpmClient } from './npm-clients.ts'
import { type Ran, runProgram } from './run-program.ts'
import { scratchFolder } from './scratch-folder.ts'

export interface NpmProject {
  readonly folder: string
  readonly home: string
  run(args: readonly string[]): Promise<Ran>
  /** The version of a package in `node_modules`, null when it is not there. */
  installed(name: string): Promise<string | null>
  /** The version that a package got which only another one needs. */
  installedFor(dependent: string, name: string): Promise<string | null>
  lock(): Promise<string>
}

/** Makes a project that depends on packages; without `home` its caches are empty. */
export async function npmProject(
  client: NpmClient,
  registry: string,
  dependencies: Readonly<Record<string, string>>,
  options: {
    readonly home?: string
    readonly lock?: string
    readonly files?: Readonly<Record<string, string>>
  } = {},
): Promise<NpmProject> {
  const folder = await scratchFolder()
  const home = options.home ?? (await scratchFolder())
  const manifest = { name: 'project', version: '1.0.0', private: true, dependencies }
  const files = {
    'package.json': JSON.stringify(manifest),
    ...client.files(registry),
    ...(options.lock === undefined ? {} : { [client.lockfile]: options.lock }),
    ...options.files,
  }
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text)
  return openProject(client, folder, home)
}

function openProject(client: NpmClient, folder: string, home: string): NpmProject {
  const [program = 'not-installed', ...first] = client.command
  const modules = join(folder, 'node_modules')
  return {
    folder,
    home,
    run: (args) =>
      runProgram(program, [...first, ...args], folder, { HOME: home, CI: '1', ...client.env(home) }),
    installed: (name) => versionIn(join(modules, name)),
    installedFor: async (dependent, name) => {
      const place = join(modules, dependent)
      return existsSync(place) ? versionIn(join(dirname(await realpath(place)), name)) : null
    },
    lock: () => readFile(join(folder, client.lockfile), 'utf8'),
  }
}

async function versionIn(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null)
  return text === null ? null : String(JSON.parse(text).version)
}

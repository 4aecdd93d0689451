/** A root on disk with a made-up installer, and what its readers see. */
import { join } from 'node:path'
import { type PackageRequest, parsePackageRequest } from '../../src/environments/choosing/version-rule.ts'
import { installVersions } from '../../src/environments/installing/install-versions.ts'
import type { Installer } from '../../src/environments/installing/installer.ts'
import type { Outcome } from '../../src/environments/outcome.ts'
import type { RootParts } from '../../src/environments/root/change-root.ts'
import { diskFiles, type EnvironmentFiles } from '../../src/environments/root/environment-files.ts'
import { readMarker } from '../../src/environments/root/installed-marker.ts'
import { listRoot } from '../../src/environments/root/list-root.ts'
import type { ProcessTable } from '../../src/environments/root/root-lock.ts'
import { diskTrees } from '../../src/environments/root/tree-files.ts'

/** Processes by number; all those in `dead` have ended. */
export function processTable(pid: number, dead: ReadonlySet<number>): ProcessTable {
  return {
    self: async () => ({ pid, host: 'here', born: String(pid) }),
    isAlive: async (process) => !dead.has(process.pid),
  }
}

/** The disk without waiting for it to be safe from a loss of power, which no test brings about. */
export const hastyFiles: EnvironmentFiles = { ...diskFiles, flush: async () => {} }

export function partsFor(
  root: string,
  change: Partial<RootParts> & { readonly pid?: number; readonly dead?: ReadonlySet<number> } = {},
): RootParts {
  const { pid = 1, dead = new Set<number>(), ...others } = change
  return {
    files: hastyFiles,
    trees: diskTrees,
    root,
    wait: {
      processes: processTable(pid, dead),
      atMostMs: 0,
      sleep: async () => {},
      onWait: () => {},
    },
    now: () => 0,
    onProgress: () => {},
    ...others,
  }
}

export function request(text: string): PackageRequest {
  const parsed = parsePackageRequest(text)
  if (!parsed.ok) throw new Error(`${text} is no request`)
  return parsed.value
}

/** Writes what pip would, by the same files, in several steps; for a Python that can be chosen. */
export function madeUpInstaller(files: EnvironmentFiles, interpreter = 'cpython-311'): Installer {
  return {
    interpreter: async () => ({ ok: true, value: interpreter }),
    together: async () => ({ ok: true, value: [] }),
    install: async ({ ref, rule, extras, folder }) => {
      const version = rule.kind === 'full' || rule.kind === 'partial' ? rule.text : '9.0.0'
      await files.makeFolder(join(folder, 'lib'))
      await files.write(join(folder, 'lib', 'a.py'), 'first')
      await files.write(join(folder, 'lib', 'version'), version)
      return {
        ok: true,
        value: {
          version: version.split('.').length < 3 ? '9.0.0' : version,
          ...{ extras: [...extras], interpreter, contents: { [ref.name]: version } },
          ...{ imports: {}, hasPathFiles: false, commands: [], madeWith: 'a test' },
        },
      }
    },
  }
}

/** Installs versions with the made-up installer. */
export function install(parts: RootParts, ...texts: string[]) {
  return installVersions(parts, texts.map(request), madeUpInstaller(parts.files))
}

export function given<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value
}

export const refusalOf = (outcome: Outcome<unknown>): string =>
  outcome.ok ? 'done' : outcome.refusal.message

/** Everything a reader can get at: each link of each package and the version that is found behind it. */
export async function view(root: string, folder = 'pypi/demo-lib'): Promise<Record<string, string | null>> {
  const seen: Record<string, string | null> = {}
  for (const name of await diskFiles.list(join(root, folder))) {
    if (name === 'installed' || name.startsWith('.')) continue
    if ((await diskFiles.real(join(root, folder, name))) === null) continue
    seen[name] = await versionAt(join(root, folder, name))
  }
  const listed = await listRoot(diskFiles, root)
  for (const { live, previous, versions } of listed) {
    seen['state.live'] = live
    seen['state.previous'] = previous
    seen['state.versions'] = versions.map(({ version }) => version).join(' ')
  }
  return seen
}

async function versionAt(folder: string): Promise<string | null> {
  const text = await diskFiles.read(join(folder, 'lib', 'version'))
  return text ?? (await readMarker(diskFiles, folder))?.version ?? null
}

/** Names that nobody needs: rests of crashes, locks beyond one, generations beyond sixteen. */
export async function rests(root: string, folder = 'pypi/demo-lib'): Promise<readonly string[]> {
  const [listed] = await listRoot(diskFiles, root)
  const installed = await diskFiles.list(join(root, folder, 'installed'))
  const known = listed?.versions.flatMap(({ builds }) => builds).length ?? 0
  const names = await diskFiles.list(join(root, folder))
  const dangling = []
  for (const name of names) if ((await diskFiles.real(join(root, folder, name))) === null) dangling.push(name)
  return [
    ...(installed.length > known ? [`${installed.length} folders for ${known} versions`] : []),
    ...dangling,
    ...names.filter((name) => name === '.current.new'),
    ...(await diskFiles.list(join(root, folder, '.state'))).slice(16),
    ...(await diskFiles.list(join(root, '.slipway'))).filter((name) => !/^lock\.\d+$/.test(name)),
    ...(await diskFiles.list(join(root, '.slipway'))).filter((name) => name.startsWith('lock.')).slice(1),
    ...(await diskFiles.list(root)).filter((name) => name.startsWith('slipway_env.py.')),
  ]
}

/** Files of the store that no version has. */
export async function orphans(root: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const first of await diskFiles.list(join(root, '.store')))
    for (const name of await diskFiles.list(join(root, '.store', first))) {
      const names = (await diskTrees.inspect(join(root, '.store', first, name)))?.names ?? 0n
      if (names < 2n) found.push(`${first}${name}`)
    }
  return found
}

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fieldOf } from '../../../registries/project/read-json.ts'

/** npm prefers the first when both are there. */
export const NPM_LOCKFILES = ['npm-shrinkwrap.json', 'package-lock.json']

/**
 * Takes the named packages out of the lockfiles of a scratch copy, so that npm chooses their versions anew
 * and keeps every other one. `npm update` would not do: it never goes back to an older version, which the
 * baseline arm needs when the lock already holds the candidate. Entries that name the host of `index` lose
 * their address and keep version and integrity: npm 12 takes no tarball from beside the arm's own address.
 */
export async function unlockNpm(project: string, names: readonly string[], index: string): Promise<void> {
  const { origin } = new URL(index)
  for (const file of NPM_LOCKFILES) {
    const path = join(project, file)
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text !== null)
      await writeFile(path, JSON.stringify(withoutPackages(JSON.parse(text), names, origin), null, 2))
  }
}

/**
 * A lockfile (any of npm's versions 1 to 3) without the named packages and what lies under them, and without
 * addresses at one origin.
 */
export function withoutPackages(lock: unknown, names: readonly string[], origin: string): unknown {
  if (typeof lock !== 'object' || lock === null) return lock
  const packages = fieldOf(lock, 'packages')
  const dependencies = fieldOf(lock, 'dependencies')
  return {
    ...lock,
    ...(isRecord(packages) ? { packages: withoutPlaces(packages, names, origin) } : {}),
    ...(isRecord(dependencies) ? { dependencies: withoutTree(dependencies, names, origin) } : {}),
  }
}

function withoutPlaces(
  packages: Readonly<Record<string, unknown>>,
  names: readonly string[],
  origin: string,
): unknown {
  const gone = names.map((name) => `node_modules/${name}`)
  const isGone = (place: string): boolean =>
    gone.some((one) => `/${place}/`.includes(`/${one}/`) || `/${place}`.endsWith(`/${one}`))
  const kept = Object.entries(packages).filter(
    ([place, entry]) =>
      (!isGone(place) && !names.includes(String(fieldOf(entry, 'name') ?? ''))) || place === '',
  )
  return Object.fromEntries(kept.map(([place, entry]) => [place, withoutAddress(entry, origin)]))
}

function withoutTree(
  tree: Readonly<Record<string, unknown>>,
  names: readonly string[],
  origin: string,
): unknown {
  const kept = Object.entries(tree).filter(([name]) => !names.includes(name))
  return Object.fromEntries(
    kept.map(([name, entry]) => {
      const own = withoutAddress(entry, origin)
      const inner = fieldOf(entry, 'dependencies')
      if (!isRecord(own) || !isRecord(inner)) return [name, own]
      return [name, { ...own, dependencies: withoutTree(inner, names, origin) }]
    }),
  )
}

function withoutAddress(entry: unknown, origin: string): unknown {
  if (!isRecord(entry) || !String(entry.resolved ?? '').startsWith(`${origin}/`)) return entry
  const { resolved: _, ...rest } = entry
  return rest
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

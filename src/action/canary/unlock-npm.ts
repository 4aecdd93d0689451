import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fieldOf } from './read-json.ts'

/** npm prefers the first when both are there. */
export const NPM_LOCKFILES = ['npm-shrinkwrap.json', 'package-lock.json']

/**
 * Takes the named packages out of the lockfiles of a scratch copy, so that npm chooses their versions anew
 * and keeps every other one. `npm update` would not do: it never goes back to an older version, which the
 * baseline arm needs when the lock already holds the candidate.
 */
export async function unlockNpm(project: string, names: readonly string[]): Promise<void> {
  for (const file of NPM_LOCKFILES) {
    const path = join(project, file)
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text !== null)
      await writeFile(path, JSON.stringify(withoutPackages(JSON.parse(text), names), null, 2))
  }
}

/** A lockfile (any of npm's versions 1 to 3) without the named packages and what lies under them. */
export function withoutPackages(lock: unknown, names: readonly string[]): unknown {
  if (typeof lock !== 'object' || lock === null) return lock
  const packages = fieldOf(lock, 'packages')
  const dependencies = fieldOf(lock, 'dependencies')
  return {
    ...lock,
    ...(isRecord(packages) ? { packages: withoutPlaces(packages, names) } : {}),
    ...(isRecord(dependencies) ? { dependencies: withoutTree(dependencies, names) } : {}),
  }
}

function withoutPlaces(packages: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  const gone = names.map((name) => `node_modules/${name}`)
  const isGone = (place: string): boolean =>
    gone.some((one) => `/${place}/`.includes(`/${one}/`) || `/${place}`.endsWith(`/${one}`))
  return Object.fromEntries(
    Object.entries(packages).filter(
      ([place, entry]) =>
        (!isGone(place) && !names.includes(String(fieldOf(entry, 'name') ?? ''))) || place === '',
    ),
  )
}

function withoutTree(tree: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  const kept = Object.entries(tree).filter(([name]) => !names.includes(name))
  return Object.fromEntries(
    kept.map(([name, entry]) => {
      const inner = fieldOf(entry, 'dependencies')
      return [
        name,
        isRecord(entry) && isRecord(inner) ? { ...entry, dependencies: withoutTree(inner, names) } : entry,
      ]
    }),
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fieldOf, readJson } from './read-json.ts'

/** A package that a client put under `node_modules`. */
export interface InstalledModule {
  readonly name: string
  readonly version: string
  /** Its folder. */
  readonly folder: string
  readonly manifest: unknown
}

/** A bound for broken trees; the largest projects have some ten thousand. */
const MOST_MODULES = 50_000

/** Folders in which pnpm, Bun and Yarn keep what `node_modules` only links to. */
const STORES = ['.pnpm', '.bun', '.store']

/**
 * Everything that npm, pnpm, Yarn or Bun put under a project's `node_modules`, read from the packages themselves.
 * Links are not followed: what they lead to lies in a store that is read, or belongs to the project (workspaces).
 * Copies that came bundled inside of another package are left out: no index served them.
 */
export async function installedModules(project: string): Promise<readonly InstalledModule[]> {
  const found: InstalledModule[] = []
  const left: { readonly folder: string; readonly bundled: readonly string[] }[] = [
    { folder: join(project, 'node_modules'), bundled: [] },
  ]
  for (let next = left.pop(); next !== undefined && found.length < MOST_MODULES; next = left.pop()) {
    for (const folder of await packageFolders(next.folder)) {
      const manifest = await readJson(join(folder, 'package.json'))
      const name = fieldOf(manifest, 'name')
      const version = fieldOf(manifest, 'version')
      if (typeof name !== 'string' || next.bundled.includes(name)) continue
      if (typeof version === 'string') found.push({ name, version, folder, manifest })
      left.push({ folder: join(folder, 'node_modules'), bundled: bundledBy(manifest) })
    }
    for (const store of STORES)
      for (const entry of await folders(join(next.folder, store)))
        left.push({ folder: join(next.folder, store, entry, 'node_modules'), bundled: [] })
  }
  return found
}

/** Packages directly in a `node_modules`, those of scopes included. */
async function packageFolders(modules: string): Promise<readonly string[]> {
  const names = await folders(modules)
  const scoped = names.filter((name) => name.startsWith('@'))
  const inScopes = await Promise.all(
    scoped.map(async (scope) =>
      (await folders(join(modules, scope))).map((name) => join(modules, scope, name)),
    ),
  )
  const plain = names.filter((name) => !name.startsWith('@') && !name.startsWith('.'))
  return [...plain.map((name) => join(modules, name)), ...inScopes.flat()]
}

async function folders(folder: string): Promise<readonly string[]> {
  const entries: readonly Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

function bundledBy(manifest: unknown): readonly string[] {
  const names = fieldOf(manifest, 'bundledDependencies') ?? fieldOf(manifest, 'bundleDependencies')
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { LOCKFILES } from './node-client.ts'
import { fieldOf, readJson } from './read-json.ts'

/**
 * The folder that a project is installed from: itself, or the workspace root above it in the checkout, where the
 * lockfile and the settings of all its packages lie. A folder with a lockfile of its own is no part of another one.
 */
export async function installRootOf(project: string, checkout: string): Promise<string> {
  if (LOCKFILES.some((file) => existsSync(join(project, file)))) return project
  for (let folder = project; !relative(checkout, folder).startsWith('..'); folder = dirname(folder)) {
    const workspaces = fieldOf(await readJson(join(folder, 'package.json')), 'workspaces')
    if (workspaces !== undefined || existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
    if (folder === checkout) break
  }
  return project
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fieldOf, readJson } from './read-json.ts'

export type NodeClient = 'npm' | 'pnpm' | 'yarn' | 'bun'

const CLIENTS: readonly NodeClient[] = ['npm', 'pnpm', 'yarn', 'bun']

/** Lockfiles and settings that belong to one client; npm's own come first. */
const MARKS: readonly (readonly [string, NodeClient])[] = [
  ['npm-shrinkwrap.json', 'npm'],
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['pnpm-workspace.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['.yarnrc.yml', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
]

/** What clients lock versions in. */
export const LOCKFILES = MARKS.map(([file]) => file).filter((file) => /lock|shrinkwrap/.test(file))

/**
 * The client that installs a project: the one that `packageManager` in its `package.json` names, else the one
 * whose lockfile is there, else npm. Null when there is no `package.json`.
 *
 * @param root the folder that the project is installed from, itself or the root of its workspace
 */
export async function nodeClientOf(project: string, root: string): Promise<NodeClient | null> {
  if (!existsSync(join(project, 'package.json'))) return null
  const named = fieldOf(await readJson(join(root, 'package.json')), 'packageManager')
  const name = typeof named === 'string' ? named.split('@')[0] : ''
  const client = CLIENTS.find((one) => one === name)
  if (client !== undefined) return client
  return MARKS.find(([file]) => existsSync(join(root, file)))?.[1] ?? 'npm'
}

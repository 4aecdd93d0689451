import { dirname, join } from 'node:path'
import type { EnvironmentFiles } from './environment-files.ts'
import type { TreeFiles } from './tree-files.ts'

/**
 * One copy of each file that several versions have: `.store/3f/9a1c…` and the versions' own files are names of the
 * same file (hard links), told apart by their contents. A shared file cannot be written to, and its time of change
 * is made of its contents, so that compiled Python modules beside it are the same everywhere and stay valid.
 */
export interface StoreParts {
  readonly files: EnvironmentFiles
  readonly trees: TreeFiles
  readonly root: string
}

/** The time of change that a file with this SHA-256 gets; `compile-modules.ts` computes the same. */
export const modifiedAtMsOf = (sha256: string): number =>
  (946_684_800 + Number.parseInt(sha256.slice(0, 7), 16)) * 1000

/** Shares every file below a folder that nobody uses yet. */
export async function shareFiles(parts: StoreParts, folder: string): Promise<void> {
  for (const name of await parts.files.list(folder)) {
    const path = join(folder, name)
    const found = await parts.trees.inspect(path)
    if (found?.kind === 'folder') await shareFiles(parts, path)
    // An empty file takes no room, and every package has one.
    if (found?.kind === 'file' && found.size > 0) await shareFile(parts, path, found.isExecutable, found.size)
  }
}

async function shareFile(
  { files, trees, root }: StoreParts,
  path: string,
  isExecutable: boolean,
  size: number,
): Promise<void> {
  const sha256 = await trees.digest(path)
  const modifiedAtMs = modifiedAtMsOf(sha256)
  const stored = storedPath(root, sha256, isExecutable)
  const known = await trees.inspect(stored)
  // Somebody with every right may have changed it in place; then this one takes its place.
  const isWhole = known !== null && known.size === size && known.modifiedAtMs === modifiedAtMs
  if (isWhole && (await trees.linkOver(stored, path))) return
  await trees.seal(path, isExecutable, modifiedAtMs)
  // What others will link to has to be whole after a loss of power too.
  await files.flush(path)
  await files.makeFolder(dirname(stored))
  await trees.linkOver(path, stored)
}

const storedPath = (root: string, sha256: string, isExecutable: boolean): string =>
  join(root, '.store', sha256.slice(0, 2), `${sha256.slice(2)}${isExecutable ? 'x' : ''}`)

/** Removes from the store what no version has any more. Only the lock's holder does it. */
export async function sweepStore({ files, trees, root }: StoreParts): Promise<void> {
  const store = join(root, '.store')
  for (const first of await files.list(store)) {
    for (const name of await files.list(join(store, first))) {
      const path = join(store, first, name)
      const found = await trees.inspect(path)
      if (found !== null && found.names < 2n) await files.remove(path)
    }
    if ((await files.list(join(store, first))).length === 0) await files.remove(join(store, first))
  }
}

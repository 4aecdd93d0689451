import { randomBytes } from 'node:crypto'
import {
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'

/**
 * What a root does to the disk. Small enough that a test can end the process at every single step and look at
 * what is left. Paths are absolute.
 */
export interface EnvironmentFiles {
  makeFolder(path: string): Promise<void>
  /** Not in one step: write elsewhere and rename where readers look. */
  write(path: string, text: string): Promise<void>
  symlink(target: string, path: string): Promise<void>
  /** Gives a file a second name in one step; false when that name is taken, or the file gone by now. */
  link(path: string, name: string): Promise<boolean>
  /** In one step, over whatever file or link is there. */
  rename(path: string, to: string): Promise<void>
  /** A folder with all in it; nothing when it is not there. */
  remove(path: string): Promise<void>
  /** Has the disk keep a file, or a folder with all in it, through a loss of power. */
  flush(path: string): Promise<void>
  /** Null when it is not there. */
  read(path: string): Promise<string | null>
  /** Where a link points to, as written; null for what is no link. */
  readLink(path: string): Promise<string | null>
  /** Where a path leads through all links; null when it leads nowhere. */
  real(path: string): Promise<string | null>
  /** Names in a folder, sorted; none when it is not there. */
  list(path: string): Promise<readonly string[]>
}

/** The disk itself. */
export const diskFiles: EnvironmentFiles = {
  makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
  write: (path, text) => writeFile(path, text),
  symlink: (target, path) => symlink(target, path),
  link: async (path, name) => (await nullFor(['EEXIST', 'ENOENT'], link(path, name).then(always))) ?? false,
  rename: (path, to) => rename(path, to),
  remove: (path) => rm(path, { recursive: true, force: true }),
  flush: flushAll,
  read: (path) => nullFor(gone, readFile(path, 'utf8')),
  readLink: async (path) => nullFor([...gone, 'EINVAL'], readlink(path)),
  real: async (path) => nullFor(gone, realpath(path)),
  list: async (path) => ((await nullFor(gone, readdir(path))) ?? []).sort(),
}

/** A name that nobody else makes up at the same moment. */
export const freshSuffix = (): string => randomBytes(5).toString('hex')

/** Replaces a file in one step; readers see the old text or the new one. Only the lock's holder does it. */
export async function replaceFile(
  files: EnvironmentFiles,
  root: string,
  path: string,
  text: string,
): Promise<void> {
  const written = join(root, '.slipway', `written.${freshSuffix()}`)
  await files.write(written, text)
  await files.flush(written)
  await files.rename(written, path)
}

const gone = ['ENOENT', 'ENOTDIR']
const always = (): boolean => true

async function nullFor<T>(codes: readonly string[], promise: Promise<T>): Promise<T | null> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error && codes.includes(String(error.code))) return null
    throw error
  }
}

async function flushAll(path: string): Promise<void> {
  const found = await lstat(path)
  if (found.isDirectory()) for (const name of await readdir(path)) await flushAll(join(path, name))
  if (!found.isDirectory() && !found.isFile()) return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

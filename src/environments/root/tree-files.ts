import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, link, lstat, rename, rm, utimes } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { freshSuffix } from './environment-files.ts'

/** What the disk says of one name, links not followed. */
export interface FoundEntry {
  readonly kind: 'file' | 'folder' | 'other'
  readonly size: number
  readonly modifiedAtMs: number
  readonly isExecutable: boolean
  readonly inode: bigint
  /** How many names the file has. */
  readonly names: bigint
}

/** What the store of shared files does to the disk, besides what a root does. Paths are absolute. */
export interface TreeFiles {
  /** Null when it is not there. */
  inspect(path: string): Promise<FoundEntry | null>
  /** SHA-256 of a file, hexadecimal. */
  digest(path: string): Promise<string>
  /** Takes away everybody's right to write, and sets when it was changed. */
  seal(path: string, isExecutable: boolean, modifiedAtMs: number): Promise<void>
  /** Gives a file one more name in one step, over what is there; false where the file system cannot. */
  linkOver(path: string, name: string): Promise<boolean>
}

/** The disk itself. */
export const diskTrees: TreeFiles = {
  inspect: async (path) => {
    const found = await lstat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
      throw error
    })
    if (found === null) return null
    return {
      kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
      size: Number(found.size),
      modifiedAtMs: Number(found.mtimeMs),
      isExecutable: (found.mode & 0o100n) !== 0n,
      inode: found.ino,
      names: found.nlink,
    }
  },
  digest: async (path) => {
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    return hash.digest('hex')
  },
  seal: async (path, isExecutable, modifiedAtMs) => {
    await utimes(path, modifiedAtMs / 1000, modifiedAtMs / 1000)
    await chmod(path, isExecutable ? 0o555 : 0o444)
  },
  linkOver: async (path, name) => {
    const beside = `${name}.${freshSuffix()}`
    try {
      await link(path, beside)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (CANNOT.has(code)) return false
      throw error
    }
    await rename(beside, name)
    // Where both names were one file already, a rename leaves them alone.
    await rm(beside, { force: true })
    return true
  },
}

/** No hard links here, other devices, or as many names as a file can have. */
const CANNOT = new Set(['EMLINK', 'EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP'])

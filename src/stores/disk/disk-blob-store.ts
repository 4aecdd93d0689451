import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobStore } from '../../ports/blob-store.ts'
import { checkBlob, isSha256 } from './check-blob.ts'

const leftoverAgeMs = 60 * 60 * 1000

/**
 * Blobs as files under `<folder>/<first two digits>/<sha256>`. A blob is written to `<folder>/tmp`, flushed,
 * renamed, and the folder flushed: a crash leaves either no blob or the whole one, and what `put` answered
 * for is on the disk. Leftovers of crashes are removed when the store is opened.
 */
export async function createDiskBlobStore(folder: string): Promise<BlobStore> {
  const tmp = join(folder, 'tmp')
  await mkdir(tmp, { recursive: true })
  await removeLeftovers(tmp)
  const folderOf = (sha256: string) => join(folder, sha256.slice(0, 2))
  const pathOf = (sha256: string) => join(folderOf(sha256), sha256)

  async function has(sha256: string): Promise<boolean> {
    return isSha256(sha256) && (await existing(stat(pathOf(sha256)))) !== null
  }

  return {
    has,
    async put(sha256, bytes) {
      checkBlob(sha256, bytes)
      if (!(await has(sha256))) {
        const draft = join(tmp, `${sha256}.${randomUUID()}`)
        await writeFlushed(draft, bytes)
        const made = await mkdir(folderOf(sha256), { recursive: true })
        if (made !== undefined) await flushFolder(folder)
        await rename(draft, pathOf(sha256))
      }
      // Also when it was there: its writer may have renamed it a moment ago and not have flushed yet.
      await flushFolder(folderOf(sha256))
    },
    async get(sha256) {
      return isSha256(sha256) ? existing(readFile(pathOf(sha256))) : null
    },
  }
}

async function writeFlushed(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Old drafts only: another process may be writing a young one at this moment. */
async function removeLeftovers(tmp: string): Promise<void> {
  for (const name of await readdir(tmp)) {
    const path = join(tmp, name)
    const found = await existing(stat(path))
    if (found !== null && Date.now() - found.mtimeMs > leftoverAgeMs) await rm(path, { force: true })
  }
}

async function existing<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { Damage } from '../../ports/damage.ts'
import { checkBlob, isSha256 } from './check-blob.ts'
import { createDiskDraft } from './disk-draft.ts'
import { flushFolder } from './flush-folder.ts'
import { identityOf, readChecked, readPart, sha256OfFile } from './read-checked.ts'

const leftoverAgeMs = 60 * 60 * 1000

/** Files whose bytes were found right and which nothing has touched since. */
const rememberedChecks = 50_000

export interface DiskBlobOptions {
  /** Told of every blob that is not what its name says. */
  readonly damaged?: (damage: Damage) => void
  /** Told when a blob was written, which mends one that was damaged. */
  readonly mended?: (sha256: string) => void
}

/**
 * Blobs as files under `<folder>/<first two digits>/<sha256>`. A blob is written to `<folder>/tmp`, flushed,
 * renamed, and the folder flushed: a crash leaves either no blob or the whole one, and what `put` answered
 * for is on the disk. Leftovers of crashes are removed when the store is opened. A file whose bytes do not
 * match its name is moved to `<folder>/quarantine`.
 */
export async function createDiskBlobStore(folder: string, options: DiskBlobOptions = {}): Promise<BlobStore> {
  const tmp = join(folder, 'tmp')
  await mkdir(tmp, { recursive: true })
  await removeLeftovers(tmp)
  const checks = createWholenessChecks()
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256)
  const size = (sha256: string) => (isSha256(sha256) ? sizeOf(pathOf(sha256)) : Promise.resolve(null))

  async function place(draft: string, sha256: string): Promise<void> {
    const made = await mkdir(join(folder, sha256.slice(0, 2)), { recursive: true })
    if (made !== undefined) await flushFolder(folder)
    await rename(draft, pathOf(sha256))
    await flushFolder(join(folder, sha256.slice(0, 2)))
    checks.forget(sha256)
    options.mended?.(sha256)
  }

  async function setAside(sha256: string): Promise<void> {
    checks.forget(sha256)
    await mkdir(join(folder, 'quarantine'), { recursive: true })
    await rename(pathOf(sha256), join(folder, 'quarantine', `${sha256}.${Date.now()}`)).catch(() => {})
    const what =
      'its bytes are not what was stored; it is set aside, and uploading the same file again mends it'
    options.damaged?.({ kind: 'blob', stream: sha256, position: null, what })
  }

  return {
    draft: () => createDiskDraft(tmp, place),
    has: async (sha256) => (await size(sha256)) !== null,
    pathOf: async (sha256) => ((await size(sha256)) === null ? null : pathOf(sha256)),
    async put(sha256, bytes) {
      checkBlob(sha256, bytes)
      const draft = await createDiskDraft(tmp, place)
      await draft.write(bytes)
      await draft.keep(sha256)
    },
    async get(sha256) {
      const bytes = (await size(sha256)) === null ? null : await readPart(pathOf(sha256))
      if (bytes === null) return null
      try {
        checkBlob(sha256, bytes)
        return bytes
      } catch {
        await setAside(sha256)
        return null
      }
    },
    async open(sha256) {
      const bytes = await size(sha256)
      if (bytes === null) return null
      if (!(await checks.isWhole(pathOf(sha256), sha256))) {
        await setAside(sha256)
        return null
      }
      return {
        size: bytes,
        stream: (start = 0, end = bytes) =>
          readChecked(pathOf(sha256), { sha256, size: bytes, start, end }, () => setAside(sha256)),
      }
    },
    async *names() {
      for (const shard of await readdir(folder)) {
        if (!/^[0-9a-f]{2}$/.test(shard)) continue
        for (const name of await readdir(join(folder, shard))) if (isSha256(name)) yield name
      }
    },
  }
}

/** Reads each file once through, and again only when something has touched it since. */
function createWholenessChecks() {
  const checked = new Map<string, string>()
  return {
    forget: (sha256: string) => void checked.delete(sha256),
    async isWhole(path: string, sha256: string): Promise<boolean> {
      const identity = await identityOf(path)
      if (identity === null) return false
      if (checked.get(sha256) === identity) return true
      if ((await sha256OfFile(path)) !== sha256) return false
      if (checked.size >= rememberedChecks) checked.clear()
      checked.set(sha256, identity)
      return true
    },
  }
}

async function sizeOf(path: string): Promise<number | null> {
  return (await existing(stat(path)))?.size ?? null
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

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FolderUnusable } from './lock-folder.ts'

/**
 * Throws when the folder has stored files and no database: a start would make an empty one, and every package
 * would be gone without a word.
 */
export async function refuseLostDatabase(folder: string): Promise<void> {
  const database = await stat(join(folder, 'slipway.sqlite')).catch(() => null)
  if (database !== null && database.size > 0) return
  const signed = await stat(join(folder, 'checkpoint')).catch(() => null)
  const files = await countBlobs(join(folder, 'blobs'))
  if (files === 0 && signed === null) return
  const found = files > 0 ? `${files} stored files` : 'a signed checkpoint'
  throw new FolderUnusable(
    `data: ${folder} has ${found}, but slipway.sqlite is missing or empty; put the database back (slipway restore), or give the server a new folder`,
  )
}

async function countBlobs(folder: string): Promise<number> {
  const shards = (await readdir(folder).catch(() => [])).filter((name) => /^[0-9a-f]{2}$/.test(name))
  const counts = await Promise.all(
    shards.map(async (shard) => (await readdir(join(folder, shard)).catch(() => [])).length),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

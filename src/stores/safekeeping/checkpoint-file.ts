import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Name in the data folder: a copy beside the database, which an older database does not take back with it. */
export const checkpointFileName = 'checkpoint'

export async function readCheckpointFile(folder: string): Promise<string | null> {
  return readFile(join(folder, checkpointFileName), 'utf8').catch(() => null)
}

export async function writeCheckpointFile(folder: string, note: string): Promise<void> {
  const draft = join(folder, `${checkpointFileName}.${randomUUID()}`)
  try {
    await writeFile(draft, note, { flush: true })
    await rename(draft, join(folder, checkpointFileName))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

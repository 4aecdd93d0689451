import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import BetterSqlite from 'better-sqlite3'
import { z } from 'zod'
import { epochWord } from '../../ports/checkpoint-log.ts'
import { readCheckpoint } from '../checkpoints/checkpoint-text.ts'
import { isSha256 } from '../disk/check-blob.ts'
import { FolderUnusable, lockFolder } from '../disk/lock-folder.ts'
import { sha256OfFile } from '../disk/read-checked.ts'
import { checkpointFileName, readCheckpointFile } from './checkpoint-file.ts'

/** Written last: a folder without it is no whole backup. */
const manifestName = 'backup.json'
const databaseName = 'slipway.sqlite'
/** Small files that belong to a server and exist once it ran. */
const companions = ['secret', checkpointFileName]

const manifestShape = z.object({ v: z.literal(1), at: z.number(), blobs: z.number(), events: z.number() })

export interface BackedUp {
  readonly blobs: number
  /** Position of the last event in it. */
  readonly events: number
  /** Names of stored files that were not what they should be and are not in it. */
  readonly damaged: readonly string[]
}

/**
 * Copies a data folder, also while a server runs on it: first the database at one moment, then the files, which
 * never change and are there before a record names them. Repeated into the same folder, files that are in it
 * already are not copied again. `link`: stored files are linked instead of copied, for a copy that is sent away.
 */
export async function backupFolder(
  data: string,
  target: string,
  at: number,
  options: { readonly link?: boolean } = {},
): Promise<BackedUp> {
  await mustHoldDatabase(data)
  await mkdir(target, { recursive: true, mode: 0o700 })
  await rm(join(target, manifestName), { force: true })
  await copyDatabase(join(data, databaseName), join(target, databaseName))
  for (const name of companions) {
    await copyFile(join(data, name), join(target, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
  const { copied, damaged } = await copyBlobs(join(data, 'blobs'), join(target, 'blobs'), options.link)
  const events = lastPosition(join(target, databaseName))
  await writeFile(join(target, manifestName), JSON.stringify({ v: 1, at, blobs: copied, events }), {
    flush: true,
  })
  return { blobs: copied, events, damaged }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const draft = `${to}.draft`
  await rm(draft, { force: true })
  const database = new BetterSqlite(from, { readonly: true, timeout: 15_000 })
  try {
    await database.backup(draft)
  } finally {
    database.close()
  }
  await rename(draft, to)
}

/** Positions of the copy are given once more, to other events. */
function beginNewLife(path: string): void {
  const database = new BetterSqlite(path)
  try {
    database.prepare('delete from words where name = ?').run(epochWord)
  } finally {
    database.close()
  }
}

function lastPosition(path: string): number {
  const database = new BetterSqlite(path, { readonly: true })
  try {
    const row = database.prepare("select value from counters where name = 'position'").get()
    return z.object({ value: z.number() }).parse(row).value
  } finally {
    database.close()
  }
}

async function copyBlobs(
  from: string,
  to: string,
  linked = false,
): Promise<{ readonly copied: number; readonly damaged: readonly string[] }> {
  let copied = 0
  const damaged: string[] = []
  for (const shard of await readdir(from).catch(() => [])) {
    if (!/^[0-9a-f]{2}$/.test(shard)) continue
    await mkdir(join(to, shard), { recursive: true })
    for (const name of await readdir(join(from, shard))) {
      if (!isSha256(name)) continue
      const [source, target] = [join(from, shard, name), join(to, shard, name)]
      if (linked) await link(source, target)
      if (await copyBlob(source, target, name)) copied += 1
      else damaged.push(name)
    }
  }
  return { copied, damaged }
}

/** False when the bytes are not what the name says; nothing is left of them then. */
async function copyBlob(from: string, to: string, name: string): Promise<boolean> {
  const there = await stat(to).catch(() => null)
  if (there === null || (await sha256OfFile(to)) !== name) {
    await pipeline(createReadStream(from), createWriteStream(to, { flush: true }))
    if ((await sha256OfFile(to)) !== name) {
      await rm(to)
      return false
    }
  }
  return true
}

/** Throws where a folder is none of a server: nothing may be made there, and nothing be called whole. */
export async function mustHoldDatabase(data: string): Promise<void> {
  if ((await stat(join(data, databaseName)).catch(() => null)) !== null) return
  throw new FolderUnusable(
    `data: got ${data}, expected the data folder of a server (it has no ${databaseName})`,
  )
}

export interface Restored {
  readonly blobs: number
  readonly events: number
  readonly at: number
  /** Events that the folder's newer checkpoint knows and the backup does not have; 0 when nothing is known to be lost. */
  readonly lost: number
}

/**
 * Puts a backup where a server starts from. What is in the folder is moved aside, never deleted; a checkpoint in
 * it that is newer than the backup stays, so that the loss is seen and not forgotten.
 */
export async function restoreFolder(backup: string, data: string, now: number): Promise<Restored> {
  const manifest = await readManifest(backup)
  const lock = await lockFolder(data)
  try {
    const newer = await readCheckpointFile(data)
    await moveAside(data, join(data, `replaced-${now}`))
    await copyFile(join(backup, databaseName), join(data, databaseName))
    beginNewLife(join(data, databaseName))
    for (const name of companions) {
      await copyFile(join(backup, name), join(data, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
    const { copied, damaged } = await copyBlobs(join(backup, 'blobs'), join(data, 'blobs'))
    const [first] = damaged
    if (first !== undefined)
      throw new FolderUnusable(`backup: ${backup} has ${damaged.length} damaged files, such as ${first}`)
    const [before, after] = [sizeOf(newer), sizeOf(await readCheckpointFile(data))]
    if (newer !== null && before > after)
      await writeFile(join(data, checkpointFileName), newer, { flush: true })
    return { blobs: copied, events: manifest.events, at: manifest.at, lost: Math.max(0, before - after) }
  } finally {
    lock.release()
  }
}

function sizeOf(note: string | null): number {
  return note === null ? 0 : (readCheckpoint(note)?.size ?? 0)
}

async function readManifest(backup: string): Promise<z.output<typeof manifestShape>> {
  const text = await readFile(join(backup, manifestName), 'utf8').catch(() => null)
  const parsed = text === null ? null : manifestShape.safeParse(safeParse(text))
  if (parsed?.success) return parsed.data
  throw new FolderUnusable(
    `backup: got ${backup}, expected a folder that slipway backup finished (it has no ${manifestName} that can be read); a copied data folder is no backup`,
  )
}

function safeParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Everything but the lock and what was moved aside before. */
async function moveAside(data: string, aside: string): Promise<void> {
  const names = (await readdir(data)).filter(
    (name) => !/^(?:lock(?:-holder\.json)?|replaced-\d+)$/.test(name),
  )
  if (names.length === 0) return
  await mkdir(aside)
  for (const name of names) await rename(join(data, name), join(aside, name))
}

import { constants } from 'node:fs'
import { access, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import BetterSqlite from 'better-sqlite3'

/** Held for as long as the process uses the folder; the system lets go of it when the process dies. */
export interface FolderLock {
  release(): void
}

/** A data folder that cannot be used, in one sentence for the operator. */
export class FolderUnusable extends Error {}

const lockFile = 'lock'
const holderFile = 'lock-holder.json'

/**
 * Makes the folder where it is missing and takes its lock. A second holder is refused: two processes over one
 * embedded storage would apply every effect twice.
 *
 * The lock is that of an empty SQLite file inside an exclusive transaction: the operating system drops it with
 * the process, however that ends, so that nothing stale is ever left behind.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await makeFolder(folder)
  const database = openLock(folder)
  try {
    database.pragma('journal_mode = MEMORY')
    database.exec('begin exclusive')
  } catch (error) {
    database.close()
    if (!isBusy(error)) throw unusable(folder, error)
    throw new FolderUnusable(
      `data: ${folder} is used by another Slipway${await holderOf(folder)}; stop that one first, or give this one a folder of its own (--data)`,
    )
  }
  await writeFile(join(folder, holderFile), JSON.stringify({ pid: process.pid })).catch(() => {})
  return { release: () => void database.close() }
}

/**
 * Makes a folder and those above it. Not Node's own `recursive`, which spins for ever below `/proc`: each
 * missing level is made once, and what refuses is named.
 */
export async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder)
  const found = await stat(path).catch(() => null)
  if (found !== null && !found.isDirectory()) {
    throw new FolderUnusable(`data: got ${folder}, which is a file, expected a folder`)
  }
  if (found === null) {
    if (dirname(path) !== path) await makeFolder(dirname(path))
    try {
      await mkdir(path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw unusable(folder, error)
    }
  }
}

/** Throws unless files can be made in the folder. */
export async function checkWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusable(folder, error)
  }
}

function openLock(folder: string): BetterSqlite.Database {
  try {
    return new BetterSqlite(join(folder, lockFile), { timeout: 0 })
  } catch (error) {
    throw unusable(folder, error)
  }
}

function unusable(folder: string, error: unknown): FolderUnusable {
  return new FolderUnusable(
    `data: ${folder} cannot be written (${codeOf(error) ?? String(error)}), expected a folder that this user may write`,
  )
}

async function holderOf(folder: string): Promise<string> {
  try {
    const { pid } = JSON.parse(await readFile(join(folder, holderFile), 'utf8'))
    return typeof pid === 'number' ? ` (process ${pid})` : ''
  } catch {
    return ''
  }
}

function isBusy(error: unknown): boolean {
  return codeOf(error)?.startsWith('SQLITE_BUSY') === true
}

function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : null
}

import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Outcome, refuse } from '../outcome.ts'
import { type EnvironmentFiles, freshSuffix, replaceFile } from './environment-files.ts'

const ownerSchema = z.strictObject({
  pid: z.int(),
  host: z.string(),
  /** Tells a process from a later one with the same number; empty where the system does not say. */
  born: z.string(),
  released: z.boolean(),
})

type Owner = z.infer<typeof ownerSchema>

/** A process as a lock names it. */
export type ProcessName = Pick<Owner, 'pid' | 'host' | 'born'>

/** Which processes there are. */
export interface ProcessTable {
  self(): Promise<ProcessName>
  /** True when in doubt: processes of another machine cannot be seen from here. */
  isAlive(process: ProcessName): Promise<boolean>
}

export interface LockWait {
  readonly processes: ProcessTable
  /** How long to wait for somebody else. */
  readonly atMostMs: number
  readonly sleep: (ms: number) => Promise<void>
  /** Told once who is waited for. */
  readonly onWait: (sentence: string) => void
}

const LOOK_EVERY_MS = 100

/**
 * Runs a change while no other process changes the root. Locks are numbered files that name their owner; the
 * highest counts. It is free when its owner released it or is dead, and is taken by making the next number,
 * which only one process can do. A lock is thus never removed while it counts, so that two which find the same
 * dead owner cannot remove each other's lock.
 */
export async function withRootLock<T>(
  files: EnvironmentFiles,
  root: string,
  wait: LockWait,
  change: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const folder = join(root, '.slipway')
  await files.makeFolder(folder)
  const mine: Owner = { ...(await wait.processes.self()), released: false }
  let waitedMs = 0
  for (;;) {
    const highest = await highestLock(files, folder)
    const holder = highest === 0 ? null : await ownerOf(files, lockPath(folder, highest))
    if (holder === null || holder.released || !(await wait.processes.isAlive(holder))) {
      const path = await take(files, folder, highest + 1, mine)
      if (path === null) continue
      try {
        await removeRests(files, folder, highest + 1)
        return await change()
      } finally {
        await replaceFile(files, root, path, JSON.stringify({ ...mine, released: true }))
      }
    }
    const where = holder.host === mine.host ? '' : ` on ${holder.host}`
    if (waitedMs === 0) wait.onWait(`waiting for process ${holder.pid}${where}, which is changing ${root}`)
    if (waitedMs >= wait.atMostMs) {
      const hint = where === '' ? '' : `; if it is gone, remove ${lockPath(folder, highest)}`
      return refuse(`process ${holder.pid}${where} is still changing ${root}; nothing was done${hint}`)
    }
    await wait.sleep(LOOK_EVERY_MS)
    waitedMs += LOOK_EVERY_MS
  }
}

/** The path of the lock with this number, now ours; null when somebody else was faster. */
async function take(
  files: EnvironmentFiles,
  folder: string,
  number: number,
  mine: Owner,
): Promise<string | null> {
  const path = lockPath(folder, number)
  const written = join(folder, `owner.${freshSuffix()}`)
  await files.write(written, JSON.stringify(mine))
  const taken = await files.link(written, path)
  await files.remove(written)
  // Somebody slow may make a number that others have long passed; the highest one counts.
  if (!taken || (await highestLock(files, folder)) !== number) {
    if (taken) await files.remove(path)
    return null
  }
  return path
}

/**
 * Old locks, and files of processes that ended before they could rename them. Whoever is just trying for the
 * lock loses its file with them and tries again.
 */
async function removeRests(files: EnvironmentFiles, folder: string, number: number): Promise<void> {
  for (const name of await files.list(folder)) {
    const isOld = /^lock\.\d+$/.test(name) ? Number(name.slice(5)) < number : /^(owner|written)\./.test(name)
    if (isOld) await files.remove(join(folder, name))
  }
}

const lockPath = (folder: string, number: number): string => join(folder, `lock.${number}`)

async function highestLock(files: EnvironmentFiles, folder: string): Promise<number> {
  const names = (await files.list(folder)).filter((name) => /^lock\.\d{1,15}$/.test(name))
  return Math.max(0, ...names.map((name) => Number(name.slice(5))))
}

/** Null for a lock that is gone by now, or tells of nobody. */
async function ownerOf(files: EnvironmentFiles, path: string): Promise<Owner | null> {
  const text = await files.read(path)
  if (text === null) return null
  // Emptied by a loss of power: whoever wrote it is gone.
  return text === '' ? null : ownerSchema.parse(JSON.parse(text))
}

/** The processes of this machine. */
export const thisMachine: ProcessTable = {
  self: async () => ({ pid: process.pid, host: hostname(), born: await bornOf(process.pid) }),
  isAlive: async ({ pid, host, born }) => {
    if (host !== hostname()) return true
    try {
      process.kill(pid, 0)
    } catch (error) {
      return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
    }
    const now = await bornOf(pid)
    return now === '' || born === '' || now === born
  },
}

/** When a process began, as Linux tells it: the boot and the clock ticks since. */
async function bornOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    // The name in parentheses may hold anything, spaces included; field 22 is the 20th behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'ended' : `${boot.trim()}:${fields[19]}`
  } catch {
    return ''
  }
}

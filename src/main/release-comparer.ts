import { Worker } from 'node:worker_threads'
import { chooseFiles } from '../contents/choose-files.ts'
import type { ReleaseFile } from '../contents/contents.ts'
import type { BlobStore } from '../ports/blob-store.ts'
import type { PackageStore, VersionRecord } from '../ports/package-store.ts'
import type { Loudest, ReleaseComparer } from '../ports/release-comparer.ts'
import { ownEntry } from '../versions/own-entry.ts'
import { packageIdOf, type ReleaseId } from '../versions/release.ts'
import type { Ecosystem } from '../versions/version-scheme.ts'

/** What a thread is asked to read side by side. */
export interface ComparedFiles {
  readonly id: number
  readonly ecosystem: Ecosystem
  readonly before: Side
  readonly after: Side
}

interface Side {
  readonly version: string
  readonly files: readonly ReleaseFile[]
  readonly name: string
  readonly bytes: Uint8Array
}

/** A larger file is not read: two of them have to fit into memory beside everything else. */
const mostBytes = 30 * 1024 * 1024

interface Parts {
  readonly packages: Pick<PackageStore, 'get'>
  readonly blobs: Pick<BlobStore, 'open' | 'get'>
}

/** Compares hosted releases in a thread of its own, which begins with the first and is never in the way of the end. */
export function createReleaseComparer(parts: Parts): ReleaseComparer & { close(): Promise<void> } {
  const asked = new Map<number, (loudest: Loudest | null) => void>()
  let worker: Worker | null = null
  let lastId = 0
  const giveUp = () => {
    worker = null
    for (const answer of asked.values()) answer(null)
    asked.clear()
  }
  const begin = (): Worker => {
    const name = import.meta.url.endsWith('.ts') ? './compare-worker.ts' : './compare-worker.js'
    const thread = new Worker(new URL(name, import.meta.url))
    thread.unref()
    thread.on('message', ({ id, loudest }: { readonly id: number; readonly loudest: Loudest | null }) => {
      asked.get(id)?.(loudest)
      asked.delete(id)
    })
    thread.on('error', giveUp)
    thread.on('exit', giveUp)
    return thread
  }
  return {
    async loudest(before, after) {
      const pair = await readPair(parts, before, after)
      if (pair === null) return null
      worker ??= begin()
      const thread = worker
      lastId += 1
      const id = lastId
      return new Promise((resolve) => {
        asked.set(id, resolve)
        thread.postMessage({ id, ...pair } satisfies ComparedFiles)
      })
    },
    close: async () => {
      await worker?.terminate()
      giveUp()
    },
  }
}

async function readPair(
  parts: Parts,
  before: ReleaseId,
  after: ReleaseId,
): Promise<Omit<ComparedFiles, 'id'> | null> {
  const id = packageIdOf(after)
  const record = await parts.packages.get(id)
  const versionOf = (release: ReleaseId) => ownEntry(record?.versions ?? {}, release.slice(id.length + 1))
  const [old, now] = [versionOf(before), versionOf(after)]
  const pair = old === undefined || now === undefined ? null : chooseFiles(old.files, now.files)
  if (old === undefined || now === undefined || pair === null) return null
  const [left, right] = [await sideOf(parts, old, pair[0]), await sideOf(parts, now, pair[1])]
  if (left === null || right === null) return null
  return { ecosystem: id.startsWith('npm:') ? 'npm' : 'pypi', before: left, after: right }
}

async function sideOf({ blobs }: Parts, record: VersionRecord, name: string): Promise<Side | null> {
  const file = record.files.find((one) => one.name === name)
  if (file === undefined || file.size > mostBytes) return null
  const blob = await blobs.open(file.sha256)
  const bytes = blob === null ? null : await blobs.get(file.sha256)
  if (bytes === null) return null
  const files = record.files.map(({ name: one, requiresPython }) => ({ name: one, requiresPython }))
  return { version: record.version, files, name, bytes }
}

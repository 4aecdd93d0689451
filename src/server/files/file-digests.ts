import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type FileDigests, startDigests } from './start-digests.ts'

export type { FileDigests } from './start-digests.ts'

/** Bytes hashed before other requests get a turn: about 20 ms of BLAKE2 in JavaScript. */
const sliceBytes = 1024 * 1024

/** All digests of a file: of one on disk in a thread of its own, of bytes in slices that let others in between. */
export async function digestsOf(source: string | Uint8Array): Promise<FileDigests> {
  if (typeof source === 'string') return inThread(source)
  const digests = startDigests((name) => createHash(name))
  for (let start = 0; start < source.length; start += sliceBytes) {
    digests.update(source.subarray(start, start + sliceBytes))
    if (start + sliceBytes < source.length) await nextTurn()
  }
  return digests.finish()
}

interface Asked {
  readonly resolve: (digests: FileDigests) => void
  readonly reject: (error: Error) => void
}

type Answer = { readonly id: number } & ({ readonly digests: FileDigests } | { readonly why: string })

/** One thread for all files, begun with the first and never in the way of the process's end. */
let thread: { readonly worker: Worker; readonly asked: Map<number, Asked> } | null = null
let lastId = 0

function inThread(path: string): Promise<FileDigests> {
  thread ??= startThread()
  const { worker, asked } = thread
  lastId += 1
  const id = lastId
  return new Promise((resolve, reject) => {
    asked.set(id, { resolve, reject })
    worker.postMessage({ id, path })
  })
}

function startThread() {
  const name = import.meta.url.endsWith('.ts') ? '../../main/workers/digest-worker.ts' : './digest-worker.js'
  const worker = new Worker(new URL(name, import.meta.url))
  worker.unref()
  const asked = new Map<number, Asked>()
  worker.on('message', (answer: Answer) => {
    const waiting = asked.get(answer.id)
    asked.delete(answer.id)
    if ('digests' in answer) waiting?.resolve(answer.digests)
    else waiting?.reject(new Error(answer.why))
  })
  const fail = (error: Error) => {
    thread = null
    for (const { reject } of asked.values()) reject(error)
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the thread that hashes files ended')))
  return { worker, asked }
}

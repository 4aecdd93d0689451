import { Worker } from 'node:worker_threads'
import type { CachedDocument } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import { messageOf } from './message-of.ts'
import { type Reading, readDocument } from './read-document.ts'

type Sent = Pick<CachedDocument, 'body' | 'contentType' | 'url'>

/** Read in less time than it takes to hand it to a thread. */
const atOnceBytes = 1024 * 1024

/** How long the thread waits for the next long document before its memory is given back. */
const idleMs = 10_000

/**
 * Reads a document of an upstream without keeping others waiting: a long one in a thread of its own, where 21 MB take half
 * a second. Never rejects.
 */
export async function readAside(id: PackageId, { body, contentType, url }: Sent): Promise<Reading> {
  if (body.length < atOnceBytes) return readDocument(id, { body, contentType, url })
  return inThread({ id, document: { body, contentType, url } })
}

/** One question to the thread. */
export interface ReadJob {
  readonly id: PackageId
  readonly document: Sent
}

interface Thread {
  readonly worker: Worker
  /** Those who wait, in the order in which they asked, which is that of the answers. */
  readonly waiting: ((reading: Reading) => void)[]
}

/** One thread for all documents, one after the other: two of them at once would take the memory of two. */
let thread: Thread | null = null
let ending: NodeJS.Timeout | undefined

function inThread(job: ReadJob): Promise<Reading> {
  clearTimeout(ending)
  thread ??= startThread()
  const { waiting, worker } = thread
  return new Promise((resolve) => {
    waiting.push(resolve)
    worker.postMessage(job)
  })
}

function startThread(): Thread {
  const name = import.meta.url.endsWith('.ts') ? '../main/workers/document-worker.ts' : './document-worker.js'
  const worker = new Worker(new URL(name, import.meta.url))
  worker.unref()
  const mine: Thread = { worker, waiting: [] }
  worker.on('message', (reading: Reading) => {
    mine.waiting.shift()?.(reading)
    if (mine.waiting.length > 0) return
    ending = setTimeout(() => {
      if (thread === mine && mine.waiting.length === 0) thread = null
      void worker.terminate()
    }, idleMs).unref()
  })
  const fail = (why: string) => {
    if (thread === mine) thread = null
    for (const resolve of mine.waiting.splice(0))
      resolve({ ok: false, why: `the document could not be read: ${why}` })
  }
  worker.on('error', (error) => fail(messageOf(error)))
  worker.on('exit', () => fail('its thread ended'))
  return mine
}

import { Worker } from 'node:worker_threads'
import { type Chunk, type Simulation, simulateChunk } from './simulate-chunk.ts'
import type { ReleaseRecord } from './simulate-release.ts'

/** So many worlds are handed out at once: some tens of milliseconds of work. */
const CHUNK = 20

/** Where the work is done and who is told how far it is. */
export interface RunSettings {
  /** Threads beside this one; 0 or no script: on this thread. */
  readonly workers: number
  /** The program of a thread: answers every `Chunk` with its records. */
  readonly script: URL | null
  readonly onProgress: (done: number) => void
}

/** All records in the order of their worlds, the same on any number of threads. */
export async function runSimulation(
  simulation: Simulation,
  { workers, script, onProgress }: RunSettings,
): Promise<readonly ReleaseRecord[]> {
  const chunks: Chunk[] = []
  for (let from = 0; from < simulation.releases; from += CHUNK) {
    chunks.push({ simulation, from, to: Math.min(from + CHUNK, simulation.releases) })
  }
  const results: (readonly ReleaseRecord[])[] = []
  let done = 0
  const keep = (index: number, records: readonly ReleaseRecord[]): void => {
    results[index] = records
    done += records.length
    onProgress(done)
  }
  if (script === null || workers === 0) {
    for (const [index, chunk] of chunks.entries()) keep(index, simulateChunk(chunk))
    return results.flat()
  }
  const queue = chunks.entries()
  const threads = Array.from({ length: Math.min(workers, chunks.length) }, () => new Worker(script))
  try {
    await Promise.all(threads.map((thread) => drain(thread, queue, keep)))
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()))
  }
  return results.flat()
}

/** Gives a thread one chunk after the other until none is left. */
function drain(
  thread: Worker,
  queue: Iterator<[number, Chunk]>,
  keep: (index: number, records: readonly ReleaseRecord[]) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let index = -1
    const next = (): void => {
      const { done, value } = queue.next()
      if (done === true) {
        resolve()
        return
      }
      index = value[0]
      thread.postMessage(value[1])
    }
    thread.on('error', reject)
    thread.on('message', (records: readonly ReleaseRecord[]) => {
      keep(index, records)
      next()
    })
    next()
  })
}

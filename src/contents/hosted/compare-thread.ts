import { Worker } from 'node:worker_threads'
import type { Comparison } from '../compare-releases.ts'
import type { CompareJob } from './compare-job.ts'

/** What a comparison may cost; beyond it nothing is found, and that is said. */
const limits = { timeMs: 120_000, megabytes: 256, youngMegabytes: 4 }

/** What a thread answers. */
export type CompareAnswer =
  | { readonly ok: true; readonly comparison: Comparison }
  | { readonly ok: false; readonly why: string }

/**
 * Compares in a thread of its own, so that nobody who reads from the index waits: a hostile archive ends its thread
 * and nothing else. Never rejects.
 */
export function compareInThread(job: CompareJob): Promise<CompareAnswer> {
  const name = import.meta.url.endsWith('.ts')
    ? '../../main/workers/contents-worker.ts'
    : './contents-worker.js'
  return new Promise((resolve) => {
    const worker = new Worker(new URL(name, import.meta.url), {
      workerData: job,
      // A small young generation: what a parser drops is swept at once instead of kept beside everything else.
      resourceLimits: {
        maxOldGenerationSizeMb: limits.megabytes,
        maxYoungGenerationSizeMb: limits.youngMegabytes,
      },
    })
    worker.unref()
    const finish = (answer: CompareAnswer) => {
      clearTimeout(late)
      resolve(answer)
      void worker.terminate()
    }
    const late = setTimeout(
      () => finish({ ok: false, why: `comparing took longer than ${limits.timeMs / 1000} s` }),
      limits.timeMs,
    )
    worker.on('message', (comparison: Comparison) => finish({ ok: true, comparison }))
    worker.on('error', (error) => finish({ ok: false, why: `comparing failed: ${error.message}` }))
    worker.on('exit', () => finish({ ok: false, why: 'comparing ended without an answer' }))
  })
}

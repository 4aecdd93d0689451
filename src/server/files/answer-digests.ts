import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { startDigests } from './start-digests.ts'

/**
 * Hashes files for whoever asks this thread (`{id, path}`): a hundred megabytes take seconds, in which the main
 * thread would answer nobody.
 */
export function answerDigests(): void {
  const port = parentPort
  port?.on('message', ({ id, path }: { readonly id: number; readonly path: string }) => {
    hash(path).then(
      (digests) => port.postMessage({ id, digests }),
      (error: unknown) =>
        port.postMessage({ id, why: error instanceof Error ? error.message : String(error) }),
    )
  })
}

async function hash(path: string) {
  const digests = startDigests((name) => createHash(name))
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) digests.update(chunk)
  return digests.finish()
}

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { DocumentCache } from '../../ports/upstream.ts'

const headSchema = z.object({
  key: z.string(),
  url: z.string(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  contentType: z.string(),
  fetchedAt: z.number(),
  sha256: z.string(),
})

/**
 * Documents of other indexes as files: a line of JSON about it, then the bytes. Written beside and renamed, and
 * read only when the hash in the line is that of the bytes: half a file counts as none, because a fetch replaces it.
 */
export function createDiskDocumentCache(folder: string): DocumentCache {
  const pathOf = (key: string) => {
    const name = hashOf(Buffer.from(key))
    return join(folder, name.slice(0, 2), name)
  }
  return {
    get: async (key) => {
      const bytes = await readFile(pathOf(key)).catch(() => null)
      const end = bytes?.indexOf(0x0a) ?? -1
      if (bytes === null || end < 0) return null
      const head = headSchema.safeParse(parsed(bytes.subarray(0, end).toString('utf8')))
      const body = bytes.subarray(end + 1)
      if (!head.success || head.data.key !== key || head.data.sha256 !== hashOf(body)) return null
      const { url, etag, lastModified, contentType, fetchedAt } = head.data
      return { url, etag, lastModified, contentType, fetchedAt, body }
    },
    put: async (key, { body, ...head }) => {
      const path = pathOf(key)
      await mkdir(join(path, '..'), { recursive: true })
      const draft = `${path}.${randomUUID()}`
      const line = Buffer.from(`${JSON.stringify({ ...head, key, sha256: hashOf(body) })}\n`)
      try {
        await writeFile(draft, [line, body])
        await rename(draft, path)
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

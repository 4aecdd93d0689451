import type { CachedDocument, DocumentCache } from '../../ports/upstream.ts'

/** Documents of other indexes in memory. */
export function createMemoryDocumentCache(): DocumentCache {
  const documents = new Map<string, CachedDocument>()
  return {
    get: async (key) => documents.get(key) ?? null,
    put: async (key, document) => void documents.set(key, document),
    remove: async (key) => void documents.delete(key),
  }
}

import type { AccessStore, OwnerRecord, PublisherRecord, TokenRecord } from '../../ports/access-store.ts'
import type { Clock } from '../../ports/clock.ts'
import { forgetsToken } from '../forgets-token.ts'
import { jsonCopy } from './json-copy.ts'

/** Tokens, owners, publishers and used words in memory. */
export function createMemoryAccessStore(clock: Clock): AccessStore {
  const tokens = new Map<string, TokenRecord>()
  const owners = new Map<string, OwnerRecord>()
  const publishers = new Map<string, readonly PublisherRecord[]>()
  const words = new Map<string, { readonly value: string; readonly expiresAt: number }>()
  return {
    async addToken(token) {
      const taken = [...tokens.values()].some((other) => other.id === token.id)
      if (taken || tokens.has(token.secretSha256)) throw new Error(`token ${token.id} exists already`)
      for (const [hash, known] of tokens) if (forgetsToken(known, clock.now())) tokens.delete(hash)
      tokens.set(token.secretSha256, jsonCopy(token))
    },
    async findToken(secretSha256) {
      return tokens.get(secretSha256) ?? null
    },
    async listTokens() {
      return [...tokens.values()].sort(newestFirst)
    },
    async revokeToken(id) {
      const token = [...tokens.values()].find((known) => known.id === id)
      if (token === undefined) return null
      tokens.delete(token.secretSha256)
      return token
    },
    async touchToken(id, usedAt) {
      const token = [...tokens.values()].find((known) => known.id === id)
      if (token === undefined || (token.lastUsedAt ?? 0) >= usedAt) return
      tokens.set(token.secretSha256, { ...token, lastUsedAt: usedAt })
    },
    async setOwner(owner) {
      owners.set(owner.package, { ...owner })
    },
    async ownerOf(id) {
      return owners.get(id) ?? null
    },
    async packagesOwnedBy(repositoryId) {
      return [...owners.values()]
        .filter((owner) => owner.repositoryId === repositoryId)
        .sort((a, b) => (a.package < b.package ? -1 : 1))
    },
    async setPublishers(id, records) {
      publishers.set(id, jsonCopy(records))
    },
    async publishersOf(id) {
      return publishers.get(id) ?? []
    },
    async publishersFrom(repositoryId) {
      return [...publishers]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([, records]) => records.filter((record) => record.repositoryId === repositoryId))
    },
    async useOnce(word, value, expiresAt) {
      const used = words.get(word)
      if (used !== undefined && used.expiresAt > clock.now()) return used.value === value
      words.set(word, { value, expiresAt })
      return true
    },
    async firstTold(word, expiresAt) {
      const now = clock.now()
      const told = words.get(word)
      const value = told !== undefined && told.expiresAt > now ? told.value : String(now)
      words.set(word, { value, expiresAt })
      return Number(value)
    },
  }
}

function newestFirst(a: TokenRecord, b: TokenRecord): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)
}

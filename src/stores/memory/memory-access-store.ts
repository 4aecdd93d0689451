import type { AccessStore, OwnerRecord, PublisherRecord, TokenRecord } from '../../ports/access-store.ts'
import type { Clock } from '../../ports/clock.ts'
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
      tokens.set(token.secretSha256, jsonCopy(token))
    },
    async findToken(secretSha256) {
      return tokens.get(secretSha256) ?? null
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
  }
}

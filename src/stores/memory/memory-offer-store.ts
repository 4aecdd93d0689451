import type { MetName, OfferRecord, OfferStore } from '../../ports/offer-store.ts'
import { compareOffers } from '../offer-order.ts'
import { jsonCopy } from './json-copy.ts'

/** Offers in memory. */
export function createMemoryOfferStore(): OfferStore {
  const records = new Map<string, OfferRecord>()
  const names = new Map<string, MetName>()
  let swept: number | null = null
  return {
    async get(repositoryId, source) {
      return records.get(`${source}/${repositoryId}`) ?? null
    },
    async put(record) {
      records.set(`${record.source}/${record.repository.id}`, jsonCopy(record))
    },
    async remove(repositoryId, source) {
      records.delete(`${source}/${repositoryId}`)
    },
    async list() {
      return [...records.values()].sort(compareOffers)
    },
    async sweptAt() {
      return swept
    },
    async noteSweep(at) {
      swept = at
    },
    async nameOf(name) {
      return names.get(name) ?? null
    },
    async putName(met) {
      names.set(met.name, met)
    },
    async names() {
      return [...names.values()]
    },
  }
}

import type { Delivery, Inbox } from '../../ports/inbox.ts'

interface Entry {
  readonly delivery: Delivery
  readonly state: 'pending' | 'done' | 'set-aside'
  readonly attempts: number
}

/** Deliveries in memory, for tests and for servers that may forget. */
export function createMemoryInbox(): Inbox {
  const entries = new Map<string, Entry>()

  function change(guid: string, next: (entry: Entry) => Entry): void {
    const entry = entries.get(guid)
    if (entry !== undefined) entries.set(guid, next(entry))
  }

  return {
    async put(delivery) {
      if (entries.has(delivery.guid)) return false
      entries.set(delivery.guid, { delivery: { ...delivery }, state: 'pending', attempts: 0 })
      return true
    },
    async pending(limit) {
      return [...entries.values()]
        .filter((entry) => entry.state === 'pending')
        .slice(0, limit)
        .map((entry) => entry.delivery)
    },
    async done(guid) {
      change(guid, (entry) => ({
        ...entry,
        state: 'done',
        delivery: { ...entry.delivery, payload: '' },
      }))
    },
    async failed(guid, _error, last) {
      change(guid, (entry) => {
        const attempts = entry.attempts + 1
        const spent = last && entry.state === 'pending'
        return { ...entry, attempts, state: spent ? 'set-aside' : entry.state }
      })
    },
    has: async (guid) => entries.has(guid),
  }
}

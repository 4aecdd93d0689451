import type { OverlayNote, OverlayNotes } from '../../ports/upstream.ts'
import { jsonCopy } from './json-copy.ts'

/** Notes about packages of other indexes in memory. */
export function createMemoryOverlayNotes(): OverlayNotes {
  const notes = new Map<string, OverlayNote>()
  return {
    get: async (id) => notes.get(id) ?? null,
    update: async (id, change) => {
      const note = jsonCopy(change(notes.get(id) ?? null))
      notes.set(id, note)
      return note
    },
    list: async () => [...notes.keys()].sort(),
  }
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry, AuditLog } from '../../src/ports/audit-log.ts'
import type { Adapter, Storage } from './adapters.ts'

const entry = (at: number, overrides: Partial<AuditEntry> = {}): AuditEntry => ({
  at,
  who: 'token deploy (t-1)',
  from: '192.0.2.1',
  action: 'rollback',
  subject: 'ro-aaaaaaaaaaaaaaaa',
  reason: `number ${at}`,
  ...overrides,
})

/** What every audit log must do. */
export function auditLogContract(adapter: Adapter): void {
  describe(`audit log: ${adapter.name}`, () => {
    let storage: Storage
    let log: AuditLog
    let other: AuditLog
    beforeEach(async () => {
      storage = await adapter.create()
      log = (await storage.open()).audit
      other = (await storage.open()).audit
    })
    afterEach(() => storage.dispose())

    it('gives what was written, newest first, page by page', async () => {
      for (const at of [1, 2, 3, 4, 5]) await (at % 2 === 0 ? log : other).append(entry(at))
      const first = await log.list({ before: null, limit: 2 })
      expect(first.items).toEqual([entry(5), entry(4)])
      const second = await other.list({ before: first.next, limit: 2 })
      expect(second.items).toEqual([entry(3), entry(2)])
      const third = await log.list({ before: second.next, limit: 2 })
      expect(third).toEqual({ items: [entry(1)], next: null })
    })

    it('keeps its place while more is written', async () => {
      for (const at of [1, 2, 3]) await log.append(entry(at))
      const { next } = await log.list({ before: null, limit: 2 })
      await log.append(entry(4))
      expect((await log.list({ before: next, limit: 2 })).items).toEqual([entry(1)])
    })

    it('finds by subject and by action', async () => {
      const block = entry(2, { action: 'block', subject: 'npm:x@1.0.0' })
      await log.append(entry(1))
      await log.append(block)
      await log.append(entry(3, { action: 'block' }))
      expect((await log.list({ before: null, limit: 9, subject: 'npm:x@1.0.0' })).items).toEqual([block])
      expect((await log.list({ before: null, limit: 9, action: 'block' })).items.map(({ at }) => at)).toEqual(
        [3, 2],
      )
      expect((await log.list({ before: null, limit: 9, subject: 'npm:x' })).items).toEqual([])
    })
  })
}

import type { AuditEntry, AuditLog } from '../../ports/audit-log.ts'

/** Who did what, in memory. */
export function createMemoryAuditLog(): AuditLog {
  const entries: AuditEntry[] = []
  return {
    async append(entry) {
      entries.push({ ...entry })
    },
    async list({ before, limit, subject, action }) {
      const fitting = entries
        .map((entry, index) => ({ entry, number: index + 1 }))
        .filter(({ number }) => before === null || number < before)
        .filter(({ entry }) => subject === undefined || entry.subject === subject)
        .filter(({ entry }) => action === undefined || entry.action === action)
        .reverse()
      const page = fitting.slice(0, limit)
      return {
        items: page.map(({ entry }) => entry),
        next: fitting.length > limit ? (page.at(-1)?.number ?? null) : null,
      }
    },
  }
}

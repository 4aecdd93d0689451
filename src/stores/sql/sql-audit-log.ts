import type { AuditLog } from '../../ports/audit-log.ts'
import { nextNumbers } from './next-numbers.ts'
import type { Database } from './sql-schema.ts'

/** Who did what, in SQL; numbered in commit order. */
export function createSqlAuditLog(db: Database): AuditLog {
  return {
    async append(entry) {
      await db.transaction().execute(async (transaction) => {
        const number = await nextNumbers(transaction, 'audit', 1)
        await transaction
          .insertInto('audit_log')
          .values({ number, ...entry })
          .execute()
      })
    },
    async list({ before, limit, subject, action }) {
      const rows = await db
        .selectFrom('audit_log')
        .selectAll()
        .$if(before !== null, (query) => query.where('number', '<', before))
        .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
        .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
        .orderBy('number', 'desc')
        .limit(limit + 1)
        .execute()
      const page = rows.slice(0, limit)
      return {
        items: page.map(({ number: _, ...entry }) => entry),
        next: rows.length > limit ? (page.at(-1)?.number ?? null) : null,
      }
    },
  }
}

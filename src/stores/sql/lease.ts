import { sql } from 'kysely'
import type { Database } from './sql-schema.ts'

/** The work is another process's now; nothing of this transaction may be stored. */
export class LeaseLost extends Error {}

/** A lease with a fencing number: of several processes one has it, and proves it inside the transaction. */
export interface Lease {
  /** Whether this process had it when it last looked. */
  held(): boolean
  /** Takes or renews it; true when this process has it now. */
  take(): Promise<boolean>
  /** Throws `LeaseLost` unless this process holds it with its fence, as the database sees it. */
  check(transaction: Database): Promise<void>
  /** Gives it back, so that another need not wait for its end. */
  release(): Promise<void>
}

/** How long a holder that says nothing keeps it. */
const leaseMs = 6000

/** The database's own clock decides: those of the processes may differ, stand still or jump. */
const nowMs = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

export function createLease(
  db: Database,
  { name, holder }: { readonly name: string; readonly holder: string },
): Lease {
  let fence: number | null = null
  return {
    held: () => fence !== null,
    async take() {
      const { rows } = await sql<{ fence: number }>`
        insert into leases (name, holder, fence, until) values (${name}, ${holder}, 1, ${nowMs} + ${leaseMs}::bigint)
        on conflict (name) do update set
          fence = case when leases.holder = ${holder} and leases.until >= ${nowMs} then leases.fence else leases.fence + 1 end,
          holder = ${holder}, until = ${nowMs} + ${leaseMs}::bigint
        where leases.holder = ${holder} or leases.until < ${nowMs}
        returning fence
      `.execute(db)
      fence = rows[0]?.fence ?? null
      return fence !== null
    },
    async check(transaction) {
      const { rows } = await sql`
        select 1 from leases
        where name = ${name} and holder = ${holder} and fence = ${fence ?? -1} and until >= ${nowMs} for share
      `.execute(transaction)
      if (rows.length === 1) return
      fence = null
      throw new LeaseLost('the lease on this work is not held here any more; another process goes on with it')
    },
    async release() {
      if (fence === null) return
      fence = null
      await sql`update leases set until = 0 where name = ${name} and holder = ${holder}`.execute(db)
    },
  }
}

import type { Database } from './sql-schema.ts'

/** What a database that many processes share does inside a transaction. */
export interface SharedWork {
  /** Tells the other processes, with the commit: `events`, `inbox`, or `package <id>`. */
  readonly notify: (transaction: Database, what: string) => Promise<void>
  /** Keeps others who ask for the same word out until the transaction ends. */
  readonly lock: (transaction: Database, word: string) => Promise<void>
  /** Throws unless this process holds the lease on effects. */
  readonly fence: (transaction: Database) => Promise<void>
}

/** For a database of one process: nobody to tell, nobody to keep out. */
export const alone: SharedWork = { notify: async () => {}, lock: async () => {}, fence: async () => {} }

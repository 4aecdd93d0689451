import { z } from 'zod'
import type { ClockMarks, LastingTime } from '../../ports/clock-marks.ts'
import type { Database } from './sql-schema.ts'

const name = 'clock-mark'
const storedMark = z.object({
  at: z.number().int(),
  lasting: z.object({ clock: z.string(), ms: z.number() }).nullable(),
})

/** One mark for all processes over one database; one that cannot be read is none. */
export function createSqlClockMarks(db: Database, lasting: () => Promise<LastingTime | null>): ClockMarks {
  return {
    lasting,
    async read() {
      const row = await db.selectFrom('words').select('value').where('name', '=', name).executeTakeFirst()
      return row === undefined ? null : (storedMark.safeParse(parsed(row.value)).data ?? null)
    },
    async write(mark) {
      const value = JSON.stringify(mark)
      await db
        .insertInto('words')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute()
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

import type { Transactional } from './sql-schema.ts'

/**
 * Takes `count` numbers of a counter and returns the first. The row stays locked until the transaction ends
 * (SQLite locks the whole file anyway), so numbers are handed out in commit order and a reader that has seen
 * a number never meets a smaller one later.
 */
export async function nextNumbers(
  transaction: Transactional,
  counter: 'position' | 'arrival' | 'audit',
  count: number,
): Promise<number> {
  const row = await transaction
    .updateTable('counters')
    .set((expression) => ({ value: expression('value', '+', count) }))
    .where('name', '=', counter)
    .returning('value')
    .executeTakeFirstOrThrow()
  return row.value - count + 1
}

import type { ArchivedRollout, RolloutArchive } from '../../ports/rollout-archive.ts'
import { eventColumns, readEvent } from './sql-event-store.ts'
import type { Database } from './sql-schema.ts'

/** The archive of ended rollouts in SQL, one row for each package. */
export function createSqlRolloutArchive(db: Database): RolloutArchive {
  return {
    async all() {
      const rows = await db.selectFrom('archives').select(['package', 'ids', 'body']).execute()
      return rows.map(({ ids, ...row }) => ({ ...row, rollouts: ids.split(' ').map(readRollout) }))
    },
    async retire(packages, streams) {
      await db.transaction().execute(async (transaction) => {
        for (const { package: id, rollouts, body } of packages) {
          const row = { ids: rollouts.map(writeRollout).join(' '), body }
          await transaction
            .insertInto('archives')
            .values({ package: id, ...row })
            .onConflict((conflict) => conflict.column('package').doUpdateSet(row))
            .execute()
        }
        for (const { stream, version } of streams) {
          await transaction
            .updateTable('streams')
            .set({ retired: 1 })
            .where('stream', '=', stream)
            .where('version', '=', version)
            .execute()
        }
      })
    },
    async readStreams(streams) {
      const rows = await db
        .selectFrom('events')
        .select(eventColumns)
        .where('stream', 'in', streams)
        .orderBy('stream')
        .orderBy('version')
        .execute()
      return rows.map(readEvent)
    },
    async openStreams() {
      const rows = await db
        .selectFrom('streams')
        .select(['stream', 'version'])
        .where('retired', '=', 0)
        .execute()
      return new Map(rows.map(({ stream, version }) => [stream, version]))
    },
    async lastPosition() {
      const row = await db
        .selectFrom('counters')
        .select('value')
        .where('name', '=', 'position')
        .executeTakeFirst()
      return row?.value ?? 0
    },
  }
}

function writeRollout({ id, end, reservedAt }: ArchivedRollout): string {
  return `${id}:${end}:${reservedAt}`
}

function readRollout(text: string): ArchivedRollout {
  const [id = '', end = '', reservedAt = ''] = text.split(':')
  return { id, end: end as ArchivedRollout['end'], reservedAt: Number(reservedAt) }
}

import { z } from 'zod'
import type { PackageId } from '../../versions/release.ts'
import { apiSender, type ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'

/** When releases of a package came and come, as a server answers. */
export const calendarSchema = z.object({
  package: z.string(),
  releases: z.array(
    z.object({
      date: z.string(),
      version: z.string(),
      stream: z.string().nullable(),
      state: z.enum(['released', 'taken-back', 'late', 'due', 'coming']),
      planned: z.string().nullable(),
      notes: z.array(z.string()),
    }),
  ),
  series: z.array(
    z.object({
      series: z.string(),
      firstRelease: z.string(),
      final: z.string(),
      ends: z.string(),
      supportEnds: z.string().nullable(),
    }),
  ),
})

export type CalendarOfServer = z.infer<typeof calendarSchema>

/** `span`: the first and the last month, the usual ones where they are not named. */
export function followCalendarOf(
  access: ServerAccess,
  id: PackageId,
  span: { readonly from?: string | undefined; readonly until?: string | undefined },
): Promise<ApiAnswer<CalendarOfServer>> {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(span)) if (value !== undefined) query.set(name, value)
  const [ecosystem = '', name = ''] = [id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1)]
  const asked = query.size === 0 ? '' : `?${query}`
  const path = `/packages/${ecosystem}/${encodeURIComponent(name)}/calendar${asked}`
  return apiSender(access)('GET', path, calendarSchema, 4)
}

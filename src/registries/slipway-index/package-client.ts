import { z } from 'zod'
import type { PackageId } from '../../versions/release.ts'
import { apiSender, type ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'

/** What `/api/v1/packages/<ecosystem>/<name>` answers, as far as clients read it. */
export const packageSchema = z.looseObject({
  id: z.string(),
  status: z.looseObject({ status: z.string(), reason: z.string().nullable() }),
  tags: z.record(z.string(), z.string()),
  versions: z.array(
    z.looseObject({
      version: z.string(),
      withdrawn: z.string().nullable(),
      label: z.looseObject({ kind: z.string(), reason: z.string() }).nullable(),
      blocked: z.string().nullable(),
      files: z.array(z.looseObject({ name: z.string() })),
    }),
  ),
  rollouts: z.array(
    z.looseObject({
      id: z.string(),
      phase: z.string(),
      percent: z.number(),
      releases: z.array(z.looseObject({ id: z.string() })),
    }),
  ),
})

export type PackageDocument = z.infer<typeof packageSchema>

/** Who needs a package: releases with the range that they ask for, an empty one for any version. */
export const dependentsSchema = z.object({
  package: z.string(),
  dependents: z.array(z.object({ release: z.string(), range: z.string(), optional: z.boolean() })),
})

export type DependentEntry = z.infer<typeof dependentsSchema>['dependents'][number]

/** The answer of a change: whatever the server says, printed as it is. */
const saidSchema = z.looseObject({})
export type Said = z.infer<typeof saidSchema>

export type PackagePart =
  | 'status'
  | 'owner'
  | 'publishers'
  | 'yank'
  | 'label'
  | 'block'
  | 'unblock'
  | 'advisories'

/** Packages of a Slipway server. Reads are repeated on network errors, changes are not. */
export interface PackageClient {
  show(id: PackageId): Promise<ApiAnswer<PackageDocument>>
  dependents(id: PackageId): Promise<ApiAnswer<z.infer<typeof dependentsSchema>>>
  read(id: PackageId, part: PackagePart): Promise<ApiAnswer<Said>>
  change(
    method: 'PUT' | 'POST' | 'DELETE',
    id: PackageId,
    part: PackagePart,
    body: object,
  ): Promise<ApiAnswer<Said>>
}

const ATTEMPTS = 4

/** Makes a client; nothing is sent until a function is called. */
export function packageClient(access: ServerAccess): PackageClient {
  const send = apiSender(access)
  return {
    show: (id) => send('GET', pathOf(id), packageSchema, ATTEMPTS),
    dependents: (id) => send('GET', `${pathOf(id)}/dependents`, dependentsSchema, ATTEMPTS),
    read: (id, part) => send('GET', `${pathOf(id)}/${part}`, saidSchema, ATTEMPTS),
    change: (method, id, part, body) => send(method, `${pathOf(id)}/${part}`, saidSchema, 1, body),
  }
}

/** `/packages/npm/%40scope%2Flib` */
function pathOf(id: PackageId): string {
  const colon = id.indexOf(':')
  return `/packages/${id.slice(0, colon)}/${encodeURIComponent(id.slice(colon + 1))}`
}

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

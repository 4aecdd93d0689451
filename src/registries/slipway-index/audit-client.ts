import { z } from 'zod'
import { apiSender, type ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'

/** What the server answers. */
export const auditReportSchema = z.looseObject({
  packages: z.number(),
  files: z.number(),
  findings: z.array(
    z.looseObject({
      release: z.string(),
      file: z.string(),
      kind: z.string(),
      detail: z.string(),
      repaired: z.boolean(),
    }),
  ),
  whole: z.boolean(),
})

/** What an audit found. */
export type AuditReport = z.infer<typeof auditReportSchema>

/** Has a server compare everything it hosts with its metadata; `repair` extracts what is missing. */
export function auditServer(access: ServerAccess, repair: boolean): Promise<ApiAnswer<AuditReport>> {
  return apiSender(access)('POST', '/audit', auditReportSchema, 1, { repair }, AUDIT_TIMEOUT_MS)
}

/** Every stored file is read. */
const AUDIT_TIMEOUT_MS = 3_600_000

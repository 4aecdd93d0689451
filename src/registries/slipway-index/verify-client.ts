import { z } from 'zod'
import { apiSender, type ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'

/** What the server answers. */
export const verifyReportSchema = z.object({
  ok: z.boolean(),
  problems: z.array(
    z.object({
      stream: z.string(),
      position: z.number().nullable(),
      kind: z.enum(['event', 'archive', 'package', 'blob', 'checkpoint', 'unwritten']),
      what: z.string(),
    }),
  ),
})

export type VerifyReport = z.infer<typeof verifyReportSchema>

/** Has a server look at everything it has stored, and at its log against checkpoints that were kept elsewhere. */
export function verifyServer(
  access: ServerAccess,
  witnesses: readonly { readonly note: string; readonly from: string }[],
): Promise<ApiAnswer<VerifyReport>> {
  return apiSender(access)('POST', '/verify', verifyReportSchema, 1, { witnesses }, VERIFY_TIMEOUT_MS)
}

/** Every stored file is read. */
const VERIFY_TIMEOUT_MS = 3_600_000

import { z } from 'zod'
import { apiSender, type ServerAccess } from './api-client.ts'
import type { ApiAnswer } from './api-request.ts'

export interface TokenBody {
  readonly name?: string
  readonly owner?: string
  readonly scopes: readonly string[]
  readonly packages: readonly string[]
  /** Null: it does not end by itself. Absent: as long as its scopes usually live. */
  readonly expiresInMs?: number | null
}

const tokenShape = {
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  scopes: z.array(z.string()),
  packages: z.array(z.string()),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
}

/** A token without its secret. */
export const tokenSchema = z.object(tokenShape)
export type ListedToken = z.infer<typeof tokenSchema>

/** A token as it is shown once. */
export const createdTokenSchema = z.object({ token: z.string(), ...tokenShape })
export type CreatedToken = z.infer<typeof createdTokenSchema>

const tokensSchema = z.object({ items: z.array(tokenSchema), next: z.string().nullable() })
const revokedSchema = z.object({ revoked: tokenSchema })

/** One thing that somebody did. */
export const auditEntrySchema = z.object({
  at: z.number(),
  who: z.string(),
  from: z.string(),
  action: z.string(),
  subject: z.string(),
  reason: z.string(),
})
export const auditLogSchema = z.object({ items: z.array(auditEntrySchema), next: z.string().nullable() })
export type ListedLog = z.infer<typeof auditLogSchema>

export interface AuditFilter {
  readonly limit: number
  readonly cursor?: string
  readonly subject?: string
  readonly action?: string
}

/** Tokens of a server and who did what there. */
export interface AccessClient {
  createToken(body: TokenBody): Promise<ApiAnswer<CreatedToken>>
  /** All of them, page by page. */
  listTokens(): Promise<ApiAnswer<readonly ListedToken[]>>
  revokeToken(id: string): Promise<ApiAnswer<ListedToken>>
  auditLog(filter: AuditFilter): Promise<ApiAnswer<ListedLog>>
}

const ATTEMPTS = 4
const PAGE = 200

/** Makes a client; nothing is sent until a function is called. */
export function accessClient(access: ServerAccess): AccessClient {
  const send = apiSender(access)
  return {
    createToken: (body) => send('POST', '/tokens', createdTokenSchema, 1, body),
    listTokens: async () => {
      const tokens: ListedToken[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const page = await send('GET', `/tokens?limit=${PAGE}${from}`, tokensSchema, ATTEMPTS)
        if (!page.ok) return page
        tokens.push(...page.value.items)
        cursor = page.value.next
      }
      return { ok: true, value: tokens }
    },
    revokeToken: async (id) => {
      const answer = await send('DELETE', `/tokens/${encodeURIComponent(id)}`, revokedSchema, 1)
      return answer.ok ? { ok: true, value: answer.value.revoked } : answer
    },
    auditLog: ({ limit, ...filter }) => {
      const query = new URLSearchParams({ limit: String(limit), ...filter })
      return send('GET', `/audit-log?${query}`, auditLogSchema, ATTEMPTS)
    },
  }
}

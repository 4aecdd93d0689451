import { z } from 'zod'

/** An App as GitHub made it from the manifest. */
export interface MadeApp {
  readonly id: number
  readonly slug: string
  readonly url: string
  /** The account that it belongs to. */
  readonly owner: string
  readonly permissions: Readonly<Record<string, string>>
  readonly privateKey: string
  readonly webhookSecret: string
}

const answer = z.object({
  id: z.int(),
  slug: z.string(),
  html_url: z.url({ protocol: /^https?$/ }),
  owner: z.object({ login: z.string() }),
  permissions: z.record(z.string(), z.string()),
  pem: z.string().startsWith('-----BEGIN'),
  webhook_secret: z.string().min(8),
})

/**
 * Exchanges the code that GitHub sends people back with for the App and its secrets; a code works once, for an hour.
 * Null when GitHub does not know it or answers something else.
 */
export async function exchangeCode(apiUrl: string, code: string): Promise<MadeApp | null> {
  const url = `${apiUrl.replace(/\/+$/, '')}/app-manifests/${encodeURIComponent(code)}/conversions`
  const headers = { accept: 'application/vnd.github+json', 'user-agent': 'slipway' }
  const signal = AbortSignal.timeout(20_000)
  const response = await fetch(url, { method: 'POST', headers, signal }).catch(() => null)
  if (response?.status !== 201) return null
  const read = answer.safeParse(await response.json().catch(() => null))
  if (!read.success) return null
  const { id, slug, html_url, owner, permissions, pem, webhook_secret } = read.data
  const app = { id, slug, url: html_url, owner: owner.login, permissions }
  return { ...app, privateKey: pem, webhookSecret: webhook_secret }
}

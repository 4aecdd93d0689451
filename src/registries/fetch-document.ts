/** How a registry is asked; `fetch` of the platform unless a test says otherwise. */
export interface RegistryAccess {
  /** Without a slash at the end. */
  readonly url: string
  readonly token: string | null
}

export type Fetched =
  | { readonly kind: 'ok'; readonly url: string; readonly type: string; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string }

const timeoutMs = 30_000
const attempts = 3
const waitMs = 1000

/** Reads a document as it is now, past caches. Network failures and 5xx are tried again twice. */
export async function fetchDocument(
  { url, accept, token }: { readonly url: string; readonly accept: string; readonly token: string | null },
  pause: (ms: number) => Promise<unknown> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<Fetched> {
  let last = ''
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1) await pause(waitMs)
    try {
      const reply = await fetch(url, {
        headers: {
          accept,
          'cache-control': 'no-cache',
          ...(token !== null && { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (reply.status === 404) return { kind: 'missing' }
      const text = await reply.text()
      if (reply.ok) return { kind: 'ok', url: reply.url, type: reply.headers.get('content-type') ?? '', text }
      last = `${url}: ${reply.status}`
      if (reply.status < 500 && reply.status !== 429) break
    } catch (error) {
      last = `${url}: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return { kind: 'failed', message: last }
}

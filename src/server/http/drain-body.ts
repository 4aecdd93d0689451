import type { Ctx } from '../server-parts.ts'

/**
 * Reads a request's body and throws it away, up to a number of bytes. twine and npm read the answer only
 * after they sent everything: a refusal that comes earlier would reach people as a broken pipe.
 */
export async function drainBody(c: Ctx, maxBytes: number): Promise<void> {
  const reader = c.req.raw.body?.getReader()
  if (reader === undefined) return
  let seen = 0
  try {
    while (seen <= maxBytes) {
      const { done, value } = await reader.read()
      if (done) return
      seen += value.length
    }
  } catch {
    // The client went away; there is nobody left to answer.
  }
}

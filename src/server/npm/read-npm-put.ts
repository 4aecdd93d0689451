import { z } from 'zod'
import type { BlobDraft } from '../../ports/blob-store.ts'
import { BodyTooLarge, limitedBody } from '../http/limited-body.ts'
import { type Body, badBody, parseBody } from '../http/read-body.ts'
import type { Ctx } from '../server-parts.ts'
import { npmPutDocument } from './npm-put-document.ts'
import { createAttachmentSplitter } from './split-attachments.ts'
import { noStars } from './unsupported-commands.ts'

/** How much text comes before more of the budget is asked for. */
const growBytes = 1024 * 1024

/** Reads the document that npm puts; the tarball in it goes to `draft` as it comes, never whole into memory. */
export async function readNpmPut(c: Ctx, draft: BlobDraft): Promise<Body<z.output<typeof npmPutDocument>>> {
  const splitter = createAttachmentSplitter(draft)
  const share = c.env.budget.take(growBytes)
  if (share === null) return { ok: false, problem: noRoom }
  let taken = growBytes
  try {
    for await (const chunk of limitedBody(c.env.incoming, c.env.maxBodyBytes)) {
      await splitter.write(chunk)
      if (splitter.textBytes() <= taken) continue
      if (!share.grow(growBytes)) return { ok: false, problem: noRoom }
      taken += growBytes
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(splitter.text())
    const body = parseBody(text, npmPutDocument)
    return body.ok || !parseBody(text, starsOnly).ok
      ? body
      : { ok: false, problem: { status: 405, detail: noStars } }
  } catch (error) {
    if (error instanceof BodyTooLarge) return { ok: false, problem: error.problem }
    if (error instanceof TypeError) {
      return { ok: false, problem: badBody('bytes that are no UTF-8', 'JSON in UTF-8') }
    }
    if (isStorageFailure(error)) throw error
    return { ok: false, problem: badBody('a body that ends early', 'a whole JSON object') }
  } finally {
    share.release()
  }
}

/** What `npm star` puts: who likes the package, and nothing else. */
const starsOnly = z.looseObject({ users: z.looseObject({}), versions: z.undefined().optional() })

/** No room, or a disk that cannot be written: no fault of the body. */
function isStorageFailure(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^E(?:NOSPC|DQUOT|ROFS|IO|ACCES|MFILE|NFILE)$/.test(code)
}

const noRoom = {
  status: 503,
  detail: 'Too many bodies are on their way in; send this again in 2 seconds.',
} as const

import type { BlobStore } from '../../ports/blob-store.ts'
import { tagMatches } from '../http/entity-tag.ts'
import { problemResponse } from '../http/problem.ts'
import { refuseInStatus } from '../http/refuse-in-status.ts'
import type { Ctx } from '../server-parts.ts'

/** What is sent, and how it is called to people. */
export interface SentBlob {
  readonly sha256: string
  readonly contentType: string
  readonly name: string
  /** A shared cache in front of a private server would hand the file to whoever asks next. */
  readonly isPrivate: boolean
}

/**
 * Answers with a blob in pieces, or with the part of it that is asked for (RFC 9110, one range). One that is
 * damaged or gone is a 503 that says what mends it; one that turns out damaged on the way is cut off before its
 * end.
 */
export async function sendBlob(c: Ctx, blobs: Pick<BlobStore, 'open'>, sent: SentBlob): Promise<Response> {
  const etag = `"${sent.sha256}"`
  if (tagMatches(c.req.header('if-none-match'), etag))
    return new Response(null, { status: 304, headers: { etag } })
  const blob = await blobs.open(sent.sha256)
  if (blob === null) {
    const detail = `The bytes of ${sent.name} are damaged or gone here, so they are not sent; uploading the same file again mends it.`
    return refuseInStatus(c, { status: 503, detail })
  }
  const headers = {
    'content-type': sent.contentType,
    // A block has to reach caches, too: asking again costs a 304, the bytes stay where they are.
    'cache-control': `${sent.isPrivate ? 'private' : 'public'}, max-age=0, must-revalidate`,
    'accept-ranges': 'bytes',
    etag,
  }
  const ifRange = c.req.header('if-range')
  const asked = ifRange === undefined || ifRange === etag ? c.req.header('range') : undefined
  const range = c.req.method === 'GET' ? rangeOf(asked, blob.size) : null
  if (range === 'outside') {
    const detail = `range: got ${asked?.slice(0, 100)}, expected bytes within the ${blob.size} of ${sent.name}`
    const problem = problemResponse({ status: 416, detail })
    problem.headers.set('content-range', `bytes */${blob.size}`)
    return problem
  }
  const { start, end } = range ?? { start: 0, end: blob.size }
  const length = { 'content-length': String(end - start) }
  if (c.req.method === 'HEAD') return new Response(null, { headers: { ...headers, ...length } })
  const body = ReadableStream.from(blob.stream(start, end))
  if (range === null) return new Response(body, { headers: { ...headers, ...length } })
  const place = { 'content-range': `bytes ${start}-${end - 1}/${blob.size}` }
  return new Response(body, { status: 206, headers: { ...headers, ...length, ...place } })
}

/** Null: the whole of it, also for what is no single range. */
function rangeOf(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'outside' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return null
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'outside' : { start: size - length, end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < start) return null
  return start >= size ? 'outside' : { start, end }
}
